/**
 * The words around one-time codes, language by language: those that announce one, and those that say that a number is
 * something else. All in lower case, as codes.ts compares; an alternative here takes linear time on any mail.
 */
import { anyOf } from './patterns.js'

/** Words that announce a code and hardly anything else. */
export const STRONG = anyOf(
  'gu',
  String.raw`one[- ]?time|\botp\b|\b2fa\b|passcode|single-use code`,
  '(?:verification|verify|security|login|log-in|sign-?in|confirmation|access|authentication) (?:code|pin|password)(?!s)',
  '(?:authori[sz]ation|activation|reset|recovery|temporary|pairing|pick-?up) (?:code|pin|password)(?!s)',
  // German
  '(?:best[äa]tigungs|sicherheits|verifizierungs|einmal|prüf)-?(?:code|kennwort|passwort|pin)',
  String.raw`(?:anmelde|zugangs|aktivierungs|freischalt|login)-?(?:code|kennwort|passwort|pin)|\b(?:[a-z]+-?)?tan\b`,
  // French
  "code (?:de |d['’])(?:v[ée]rification|s[ée]curit[ée]|confirmation|connexion|acc[èe]s|validation)",
  "code (?:de |d['’])(?:authentification|activation)|code temporaire|à usage unique|mot de passe temporaire",
  // Spanish, Portuguese
  'c[óo]digo (?:de |para )(?:verifica|seguridad|seguran|confirma|acceso|acesso|inicio|activa|ativa|autentica|un solo)',
  'de un solo uso|de uso único|(?:clave|contraseña|senha) (?:tempor|dinámica|descartável)',
  // Italian, Romanian
  '(?:codice|pin) (?:di |per )(?:verifica|sicurezza|conferma|accesso|attivazione|autenticazione)|monouso',
  'password temporanea|cod(?:ul)? (?:tău |dvs\\. )?de (?:verificare|confirmare|securitate|acces)|unică folosință',
  // Dutch
  'verificatiecode|beveiligingscode|inlogcode|bevestigingscode|toegangscode|activatiecode|eenmalige? (?:code|wachtwoord)',
  // Scandinavian, Finnish
  'engangs|engångs|verifi(?:erings|kations|serings)-?kode?|bekr[äæ]ftelses?-?kode?|bekreftelseskode',
  'sikkerhe(?:ts|ds)kode|säkerhetskod|inloggningskod|påloggingskode|vahvistuskoodi|kertakäyttö',
  // Polish, Czech, Slovak, Croatian, Hungarian, Turkish
  'kod (?:weryfikacyjny|bezpieczeństwa|jednorazowy|dostępu|potwierdz|autoryzac)|jednorazow|jednoráz',
  '(?:ověřovací|overovací|potvrzovací|bezpečnostní) k[óo]d|verifikacijski kod|kod za (?:potvrdu|prijavu)|kontrolni kod',
  '(?:ellenőrző|megerősítő|biztonsági|hitelesítő) ?kód|egyszer használatos',
  '(?:doğrulama|onay|güvenlik|giriş) (?:kodu|şifre)|tek kullanımlık',
  // Russian, Ukrainian, Greek
  'код (?:подтверждения|безопасности|доступа|для|подтверждения|проверки|активации|підтвердження|доступу)|одноразов|временный пароль|пароль для',
  'κωδικ(?:ός|ο) (?:επαλ|επιβ|ασφ|μ[ιί]ας)',
  // Vietnamese, Indonesian, Malay, Hindi
  'mã xác|mã (?:otp|bảo mật|đăng nhập)|kode (?:verifikasi|otp|konfirmasi)|kod pengesahan',
  'सत्यापन कोड|पुष्टिकरण कोड|ओटीपी',
  // Chinese, Japanese, Korean
  '验证码|校验码|驗證碼|动态码|動態碼|动态密码|動態密碼|一次性密码|一次性密碼|安全码|確認碼|认证码|驗證代碼|验证代码|登录码|登錄碼|登入碼|激活码|临时密码|臨時密碼',
  '認証用?コード|確認用?コード|検証コード|セキュリティ(?:ー)?コード|ログインコード|ワンタイム|(?:認証|確認|暗証)番号|使い捨て|仮パスワード',
  '(?:인증|확인|보안) ?(?:번호|코드)|로그인 ?코드|일회용|임시 ?비밀번호',
  // Arabic, Persian, Hebrew, Thai
  '(?:رمز|كود) (?:التحقق|التأكيد|الدخول|الأمان|التفعيل|المصادقة)|لمرة واحدة',
  'کد (?:تأیید|تایید|ورود|امنیتی|فعال)|یک‌?بار ?مصرف',
  'קוד ה?(?:אימות|אישור|כניסה|גישה|חד)|חד[- ]פעמית?|รหัส ?(?:ยืนยัน|otp|ผ่านครั้งเดียว)',
)

/** "Use 739204 to verify your email": what is done with a number, and what for. Both sides say so, or it is none. */
export const USE = /(?<!\p{L})(?:use|enter|type in) $/u
export const PURPOSE =
  /^ to (?:verify|sign[ -]?in|log[ -]?in|confirm your (?:e-?mail|account|identity)|authenticate|reset your)(?!\p{L})/u
/** Whether there may be such a sentence at all. */
export const USED = /(?<!\p{L})(?:use|enter|type in) .{4,20} to /u

/** Words that announce a code among other things. */
export const WEAK = anyOf(
  'gu',
  String.raw`\b(?:code|pin|token|koden?|kod|kodu(?:nu|nuz)?|koodi|koodisi|codice|codigo|cod|codul)\b|(?:tür|abhol|zahlen|tor|geräte)-?code\b`,
  String.raw`(?<!\p{L})(?:şifreniz|kódu?|kódja|código|кода?|кодом|κωδικ[όο]ς?|ה?קוד(?: שלך)?|mã)(?!\p{L})`,
  'コード|代码|代碼|코드|رمز|كود|کد|รหัส|कोड',
)

/** Things called codes that nobody types in to prove who they are. */
export const OTHER_CODES = anyOf(
  'gu',
  String.raw`(?:promo(?:tion(?:al)?)?|discount|coupon|voucher|gift(?: card)?|referral|invite|offer)[- ]?codes?\b`,
  String.raw`(?:postal|post|zip|country|area|dial(?:l?ing)?|error|exit|return|status|response|source|bar|qr)[- ]?codes?\b`,
  String.raw`(?:product|sku|item|reference|booking|reservation|order|customer|tax|vat|store|swift|bank|sort|dress|colou?r|tracking|http|class|course|batch|unit|cost|civil|criminal|penal|building|labou?r)[- ]?codes?\b`,
  String.raw`\b(?:backup|recovery|emergency)[- ]codes\b|lines? of code|\bcode (?:review|base|freeze|owner)`,
  // German, Dutch, Scandinavian: one word
  '(?:gutschein|rabatt|aktions|fehler|empfehlungs|kortings?|rabat|actie|laden|artikel|produkt|kampanj|postal?)-?(?:code|kode|kod)(?:s|en|ne)?',
  // French, Spanish, Portuguese, Italian
  "code[s-]* ?(?:promo|postal|de r[ée]duction|d['’]erreur|source|of conduct|cadeau|barres|parrain|article|produit|client|avantage)",
  'c[óo]digo (?:postal|promocional|(?:de |do |del )(?:descuento|desconto|barras|error|erro|producto|produto|rastre|seguimiento|cliente|reserva|pedido|artículo)|fuente)',
  'codice (?:sconto|promozional|promo|postale|fiscale|cliente|prodotto|articolo|errore|a barre|iban|(?:di )?(?:tracciamento|spedizione|prenotazione))',
  'cod(?:ul)? (?:poștal|promoțional|de reducere|produs|de bare)',
  // Polish, Czech, Hungarian, Turkish
  'kod(?:y|u|em)? (?:pocztow|rabatow|promocyjn|produktu|błędu|kreskow|źródłow|towaru)[a-ząęłóśżźćń]*',
  '(?:slevov|poštovn|čárov|promo)[a-záéíýě]* ?kód|(?:kupon|irányító|termék|vonal)-?kód',
  '(?:posta|indirim|ürün|hata|kupon|promosyon|davet|alan|stok|barkod) kod[a-zğüşıöç]*',
  // Russian, Ukrainian, Greek
  'промо-?код[а-я]*|код (?:товара|ошибки|города|страны|скидки|купона|продукта|товару|помилки|знижки)|штрих-?код[а-я]*',
  '(?:ταχυδρομικ|εκπτωτικ)[α-ωά-ώ]* κωδικ[α-ωά-ώ]*|κωδικ(?:ός|ο) (?:προϊόντος|έκπτωσης)',
  // Chinese, Japanese, Korean
  '(?:商品|クーポン|割引|プロモーション|エラー|招待|国|紹介|キャンペーン|製品|ソース|バー)コード',
  '(?:商品|产品|產品|错误|錯誤|优惠|優惠|国家)(?:代码|代碼)|优惠码|優惠碼|折扣码|折扣碼|邀请码|邀請碼|兑换码|條碼|条码',
  '(?:쿠폰|상품|할인|오류|에러|초대|추천|제품|프로모션|바) ?코드',
  // Arabic, Persian, Hebrew, Hindi, Vietnamese, Indonesian, Thai
  '(?:رمز|كود) (?:الخصم|المنتج|القسيمة|الخطأ|الدعوة|المنطقة|القسيمه|ترويجي)|الرمز البريدي|کد (?:تخفیف|پستی|محصول|رهگیری|ملی|خطا)',
  'קוד (?:קופון|הנחה|מוצר|שגיאה)|(?:कूपन|छूट|उत्पाद|पिन) ?कोड|mã (?:giảm giá|đơn|bưu|vận đơn|sản phẩm|khuyến mãi)',
  'kode (?:pos|promo|voucher|diskon|produk|barang|pesanan)|รหัส(?:ไปรษณีย์|ส่วนลด|สินค้า)',
)

/** Words right before a number that say what else it is; a word of its own, in scripts that part words. */
const OTHER_NOUNS = [
  'order|invoice|receipt|booking|reservation|reference|ref|ticket|case|customer|member|account|client|policy|contract',
  'tracking|shipment|transaction|serial|model|flight|room|gate|suite|box|section|article|chapter|revision|phone|tel|telefon|téléphone|mobile|fax',
  'call(?: us)?(?: at| on)?|version|build|port|page|line|pr|issue|pull request|street|st|road|avenue|straße|copyright|since|iban|bic|vat|ust|amount|total|sum|price|balance',
  'bestell(?:ung)?|auftrags?|rechnungs?|kunden|konto|vorgangs?|vertrags?|postleitzahl|commande|facture|dossier|colis',
  'pedido|factura|cliente|teléfono|telefone|ordine|fattura|prenotazione|telefono|cap|cep|bestelling|factuur',
  'ordernummer|bestelnummer|klantnummer|bestellnummer|kundennummer|ordrenummer|tilaus|ending(?: in)?|endend(?: auf)?',
  'zip|plz|id|nº|numer|nr|zamówieni[ea]|klienta|faktur[ay]|przesyłki|objednávk[ay]|rendelés(?:szám)?|comanda',
  'sipariş|müşteri|takip|fatura|заказа?|замовлення|счёта?|индекс|телефон|договор[а]?|артикул|παραγγελία',
  'الطلب|التتبع|العميل|الفاتورة|الهاتف|هاتف|سفارش|تلفن|הזמנה|לקוח|טלפון|ऑर्डर|đơn hàng|pesanan|pelanggan',
].join('|')
/** The same where words follow each other without blanks. */
const OTHER_NOUNS_UNPARTED = [
  '(?:注文|お客様|会員|予約|伝票|合わせ|郵便|電話|受付|管理|口座|追跡|顧客|商品|整理|請求書?)番号|電話|〒',
  '(?:订单|訂單|快递|运单|会员|客户|发票|流水|账)(?:单号|编号|編號|号码|號碼|号|號)|电话|電話|邮编|邮政编码|郵遞區號|账号|热线',
  '(?:주문|송장|우편|고객|예약|회원|전화|계좌|접수|운송장|사업자등록) ?번호|고객센터|대표전화',
  'หมายเลขคำสั่งซื้อ|โทรศัพท์|รหัสลูกค้า',
].join('|')
export const OTHER_NUMBER = new RegExp(
  `(?:(?<!\\p{L})(?:${OTHER_NOUNS})(?:[ -]?(?:number|no|num|nr|nummer|id|code|n[°º]|numéro|número|numero|č|số|№))?|` +
    `${OTHER_NOUNS_UNPARTED})[ .:：#№°()–-]{0,4}$|[#№§©]\\s?$`,
  'u',
)
/** What a code is good for when it is a voucher. */
export const SHOPPING =
  /\b(?:off|discount|checkout|coupon|voucher|free shipping|rabatt|gutschein|remise|descuento|desconto|sconto|korting|rabat|friends|sparen|regalo|gratis)\b|%|скидк|割引|クーポン|优惠|優惠|할인|쿠폰|خصم/

/** Between announcing words and a code that follows them: "is:", "ist", or nothing. */
export const JOINED =
  /^[^\p{L}\p{N}\n]{0,6}(?:(?:is|are|lautet|ist|est(?: le)?|es|è|é|er|är|on|to|jest|je|este|είναι|это|is|adalah|là|是|为|為|は|هي|هو|है)[^\p{L}\p{N}\n]{0,4})?(?:\n[^\p{L}\p{N}]{0,8})?$/iu

/** What follows a number that counts something: 1000 times, 1440 minutes, 4821 Main Street. */
export const COUNTED = new RegExp(
  `^\\s?(?:(?:${[
    '[€$£¥₹₽₩%]|(?:eur|usd|gbp|chf|jpy|cad|aud|inr|sek|nok|dkk|pln|euros?|dollars?|kr|zł|tl|lei|kč|ft|руб|грн|km|kg|mb|gb|kb|px|m²)(?![\\p{L}\\p{N}])',
    '(?:ms|s|people|users|points?|items|customers|guests|orders|lines|issues|times|requests|characters|visitors|words|files|pages)(?!\\p{L})',
    'h(?:ours?|rs?)?(?!\\p{L})|days?(?!\\p{L})|stunden|tagen?|heures|jours|horas|días|dias|ore(?!\\p{L})|giorni|uur|dagen|godzin|dni(?!\\p{L})|saat|часов|дней',
    'min|sec|sek|segundos|secondi|secondes|saniye|dakika|дакик|мин|сек|хв|dakik|λεπτ|دقيق|دقیق|ثاني|ثانی|דקות|मिनट|phút|menit|นาที',
    'mal(?!\\p{L})|fois|veces|vezes|volte|keer|razy|kez|раз(?!\\p{L})|punkte?n?(?!\\p{L})|puntos|points|punti|pontos|zeichen',
    '[分秒円元块塊点點次回人件年月日号歳]|小时|小時|時間|分钟|分鐘|ポイント|[원분초개명회년월일점](?!\\p{L})|시간',
  ].join('|')})|(?:\\p{L}+ ){1,2}(?:street|st|road|rd|avenue|ave|boulevard|blvd|lane|drive|rue|calle|via)(?!\\p{L}))`,
  'iu',
)
