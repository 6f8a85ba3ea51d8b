import { describe, expect, it } from 'vitest'
import { codesOf, standingOut } from '../../server/mail/codes.js'
import { CODE_MAILS, CODELESS_MAILS } from './code-mails.js'

const codes = (text: string, subject = '') => codesOf(subject, text).map(({ code }) => code)

describe('one-time codes', () => {
  it.each([
    // Announced before, on the same line or on its own.
    ['Your verification code is 739204.', '739204'],
    ['Your code: 739204', '739204'],
    ['Hi Ada,\n\nuse this code to log in:\n\n739204\n\nIt expires in 10 minutes.', '739204'],
    ['Enter the code below\r\n\r\n  482910  \r\n\r\nThanks', '482910'],
    ['Your one-time password (OTP) is 4821. Do not share it.', '4821'],
    ['Security code\n12345678', '12345678'],
    // Announced after.
    ['739204 is your Acme verification code', '739204'],
    ['G-739204 is your Google verification code.', '739204'],
    ['482 913 – dein Bestätigungscode', '482913'],
    // By what it is for.
    ['Use 482913 to verify your email.', '482913'],
    ['Enter 482 913 to sign in to Acme', '482913'],
    // Groups are one code.
    ['Your login code is 739 204', '739204'],
    ['Your login code is 739-204', '739204'],
    ['Your code: 1234 5678', '12345678'],
    ['Access code: ABCD-1234', 'ABCD1234'],
    ['Verification code\n\n7 3 9 2 0 4\n\nvalid for 5 minutes', '739204'],
    ['Your security code is 7 7 4 1 2 0. Do not share it.', '774120'],
    ['Verification code\n\n7\n3\n9\n2\n0\n4\n', '739204'],
    // Letters and digits.
    ['Your confirmation code is AB12CD', 'AB12CD'],
    ['Temporary password: x7k2p9', 'x7k2p9'],
    ['Use this sign-in code:\n\nQWERTZ\n', 'QWERTZ'],
    // Languages.
    ['Ihr Sicherheitscode lautet: 482913', '482913'],
    ['Dein Anmeldecode: 90210', '90210'],
    ['Votre code de vérification est 482913', '482913'],
    ['Voici votre code de connexion :\n\n 482 913', '482913'],
    ['Tu código de verificación es 482913', '482913'],
    ['Seu código de verificação: 482913', '482913'],
    ['Il tuo codice di verifica è 482913', '482913'],
    ['Je verificatiecode is 482913', '482913'],
    ['Din engångskod är 482913', '482913'],
    ['Din engangskode er 4829', '4829'],
    ['Vahvistuskoodi: 482913', '482913'],
    ['Twój kod weryfikacyjny to 482913', '482913'],
    ['Váš ověřovací kód: 482913', '482913'],
    ['Doğrulama kodunuz: doğrulama kodu 482913', '482913'],
    ['Ваш код подтверждения: 482913', '482913'],
    ['Ο κωδικός επαλήθευσης είναι 482913', '482913'],
    ['您的验证码是482913，10分钟内有效。', '482913'],
    ['認証コードは482913です。', '482913'],
    ['認証コード:482913', '482913'],
    ['인증번호 [482913]를 입력해 주세요.', '482913'],
    ['رمز التحقق: 482913', '482913'],
    ['รหัส OTP: 482913', '482913'],
    // Other numbers around it.
    [
      'Order 55123 of 2026-11-22, total 1234.50 EUR.\nYour verification code is 739204.\nCall +49 30 1234567.',
      '739204',
    ],
    ['Copyright 2026 Acme. Your code is 739204', '739204'],
    ['Do you not know order #839201? Your security code: 5521', '5521'],
  ])('%j', (text, code) => {
    expect(codes(text)[0]).toBe(code)
  })

  it('is found in the subject', () => {
    expect(codes('Welcome to Acme.', '739204 is your Acme code')).toEqual(['739204'])
    expect(codes('', 'Your Acme code: 739204')).toEqual(['739204'])
    expect(codes('Hi Ada,\n\n739 204\n', 'Your Acme code')).toEqual(['739204'])
    expect(codes('', 'Ihr Code lautet 739 204')).toEqual(['739204'])
    expect(codes('', 'AB12CD ist dein Anmeldecode')).toEqual(['AB12CD'])
  })

  it('ranks a code above other numbers near it, and gives each once', () => {
    const text = 'Your code is 111222.\n\nYour code is 111222. It was asked for in room code 4455.'
    expect(codes(text)[0]).toBe('111222')
    expect(codes(text).filter(code => code === '111222')).toHaveLength(1)
  })

  it('scores two codes that nothing tells apart alike', () => {
    const [first, second] = codesOf('', 'Your verification code is 111222.\n\nYour verification code is 333444.\n')
    expect(first?.score).toBe(second?.score)
  })

  it.each([
    // Nothing announces them.
    ['Your order 839201 has shipped.'],
    ['Meet us in 2026.'],
    ['Lorem ipsum 123456 dolor 987654'],
    // Prices, dates, times, phone and order numbers, near words that announce.
    ['Use code SAVE20 for 2000 EUR off'],
    ['Use 1200 to 1400 calls a day. Text 89203 to confirm your seat. Use room 4821 to sign in.'],
    ['Enter the code at checkout before 2026-11-22 12:30'],
    ['The code expires on 22.11.2026 at 1430 hrs.'.replace('1430 hrs', '14:30')],
    ['If you did not ask for a code, call +49 30 12345678 or (030) 123 456 78'],
    ['Your code was used. Order number: 839201'],
    ['Your code was used for invoice 2026-00123.'],
    ['You paid $1234 with your pin'],
    ['Your postal code is 10115'],
    ['Use discount code 202020'],
    ['Ihr Gutscheincode: 123456'],
    ['Error code 50012'],
    ['Your booking code: X7K2P9'],
    ['Click https://example.com/verify?code=839201 to verify your code'],
    ['Visit https://example.com/code/839201'],
    ['Write to code@123456.example about the code'],
    ['The status code was 5001'],
    ['Source code, version 20231.4, build 4455'],
    // Too short, too long.
    ['Your code is 123'],
    ['Your code is 12345678901'],
    // Words in capitals.
    ['Never share your code with ANYONE else'],
    ['YOUR CODE WILL COME SOON'],
    ['ENTER YOUR VERIFICATION CODE IN THE APP'],
  ])('none in %j', text => {
    expect(codes(text)).toEqual([])
  })

  it.each([
    ['Your code is 739204.', '739204'],
    ['Your verification code is 739204. The old code 111222 no longer works.', '739204'],
    // Two that nobody can tell apart.
    ['Your code is 739204.\n\nYour code is 111222.', null],
    ['No code here.', null],
  ])('the one that stands out in %j', (text, code) => {
    expect(standingOut(codesOf('', text))).toBe(code)
  })

  it('takes no more time than the text is long', () => {
    for (const unit of [
      '1 ',
      'code ',
      'A',
      '1-',
      'code 1234 ',
      '@',
      'a.',
      '\n1',
      'http://',
      'order no ',
      '111 ',
      '(11) ',
      '+1 ',
    ]) {
      expect(codes(unit.repeat(200_000)).length).toBeLessThan(1000)
    }
  })
})

describe('mails as services send them', () => {
  it.each(CODE_MAILS)('$language: $subject', ({ subject, text, code }) => {
    expect(standingOut(codesOf(subject, text))).toBe(code)
  })

  it.each(CODELESS_MAILS)('$language, no code: $subject', ({ subject, text }) => {
    expect(codesOf(subject, text)).toEqual([])
  })

  it.each([
    [
      'Acme confirmation code: QRS-TUV',
      "Confirm your email address\nYour confirmation code is below — enter it in your open browser window and we'll help you get signed in.\n\nQRS-TUV\n\nQuestions about setting up? Email us at feedback@x.example\n\nMade by X, LLC\n500 Howard Street | San Francisco, CA 94105 | United States",
      'QRSTUV',
    ],
    [
      'Was this you?',
      'Hey ada!\n\nA sign in attempt requires further verification because we did not recognize your device. To complete the sign in, enter the verification code on the unrecognized device.\n\nDevice: Chrome on macOS\nVerification code: 048213\n\nIf you did not attempt to sign in',
      '048213',
    ],
    [
      'Two steps',
      'To verify your email address, please use the following One Time Password (OTP):\n\n048213\n\nDo not share this OTP with anyone. Amazon takes your account security very seriously.\n\n©2026 Amazon.com, Inc. 410 Terry Avenue N., Seattle, WA 98109-5210',
      '048213',
    ],
    [
      'Security code',
      "Acme account\nSecurity code\n\nPlease use the following security code for the Acme account ad**5@example.com.\n\nSecurity code: 7331048\n\nIf you don't recognize the Acme account",
      '7331048',
    ],
    [
      'Your verification code',
      'Verification code\t739204\nValid until\t2026-11-22 14:35\nRequest ID\t9912-0034',
      '739204',
    ],
    ['Bank', 'Use 739204 as your login PIN. UPI Ref 412233445566. Call 18001234 for help', '739204'],
    ['Bank', '739204 is the OTP for txn of INR 2500.00 at ACME on card ending 4242. Valid for 5 mins.', '739204'],
    ['Bank', 'OTP is 739204 for Rs. 2500 on 22-11-26 at 14:05', '739204'],
    ['x', 'Your code: **739204**', '739204'],
    ['x', 'Your code: `739204`', '739204'],
    ['x', 'Your code is "739204".', '739204'],
    ['x', 'Your code is (739204)', '739204'],
    ['x', 'Code : 739204', '739204'],
    ['x', 'Votre code est le 739204', '739204'],
    ['x', 'Voici ton code : 739-204', '739204'],
    ['Parcel', 'Your parcel is in locker 17. Pickup code: 482913. Tracking 1Z999AA10123456784', '482913'],
    [
      'Meeting',
      'Join the meeting https://meet.example/j/91234567890\nMeeting ID: 912 3456 7890\nPasscode: 482913',
      '482913',
    ],
    ['Zutritt', 'Türcode: 4821# für Haus 12', '4821'],
    ['パスワード', '仮パスワード：Ab3dE9xQ', 'Ab3dE9xQ'],
    ['', '【アクメ】認証コード（６桁）：７３９２０４', '739204'],
    ['', '验证码 739204（5分钟有效）', '739204'],
    ['', '【阿克米】739204为您的登录验证码', '739204'],
    ['', '739204（登录验证码，请勿转发）', '739204'],
    ['', '인증번호\n739204\n3분 이내에 입력', '739204'],
    ['', 'Код: 739204. Никому его не сообщайте', '739204'],
    ['', 'Ваш пароль для входа: 739204', '739204'],
    ['', 'Kodunuz: 739204', '739204'],
    ['', 'Giriş kodunuz 739204', '739204'],
    ['', 'Şifreniz: 739204', '739204'],
    ['', 'Il tuo codice: 739 204', '739204'],
    ['', 'O seu código é 739204', '739204'],
    ['', 'رمزك هو 739204', '739204'],
    ['', 'הקוד שלך: 739204', '739204'],
    ['', 'Je code is: 739204', '739204'],
    ['', 'Din kod är 739204', '739204'],
    ['', 'Koodisi: 739204', '739204'],
    ['', 'Ваш код: 739204', '739204'],
    ['', '認証コード\r\n\r\n7 3 9 2 0 4\r\n\r\n', '739204'],
    ['', 'Your code\n\n7  3  9  2  0  4', '739204'],
    ['', 'Your verification code:\n7\n\n3\n\n9\n\n2\n\n0\n\n4', '739204'],
    ['Hotel', 'Confirmation code: HMX4KQ2P9Z. Check-in 22 Nov 2026.', 'HMX4KQ2P9Z'],
    ['x', 'Enter this code: 739204\n\nOr open https://x.test/v/55120034\n\nNot you? Reply to 90210@x.test', '739204'],
    ['Your 365Mail code', 'Your 365Mail verification code is: 048213', '048213'],
    ['Hotel 1898: code', 'Hello from Studio 1954,\n\nyour code is\n\n048213', '048213'],
    [
      'Verify',
      'Hi,\n\nPlease verify your email with the code:\n739204\n\nThis code expires on 22 Nov 2026 14:35.\nRequest from 203.0.113.42 (Berlin 10115)',
      '739204',
    ],
    ['Sicherheitscode', 'Ihr Sicherheitscode\n\n 7 3 9 2 0 4 \n\nGültig bis 14:35 Uhr', '739204'],
    ['OTP', 'Dear Customer,\nOTP for your transaction is\n739204\nThis is valid for 3 minutes', '739204'],
    ['Delivery', 'Your delivery PIN is 4821. Your driver Sam arrives 14:00-16:00. Order 112-5551200-3345678', '4821'],
    ['Zugang', 'Ihre Zugangsdaten: Benutzer 20391188, Einmalpasswort: Kx7mQ2pT', 'Kx7mQ2pT'],
    ['', 'Código: 739204. Válido por 10 min. Ref 55120034', '739204'],
    ['', 'Kod: 739 204. Ważny 10 min. Nr ref. 55120034', '739204'],
    ['', '您的登录码：739204，请勿转发。', '739204'],
    ['', 'ログイン用コード「739204」を入力してください（有効期限：2026年11月22日 14時35分）', '739204'],
    ['', '보안코드: 739204 (유효시간 3분)', '739204'],
    ['', 'Jednorazowe hasło: 739204', '739204'],
    ['', 'Ваш код 739204 для входа. Не сообщайте его. +7 495 123-45-67', '739204'],
    ['', 'كود التفعيل: 739204', '739204'],
    ['', 'رمز الدخول الخاص بك: 739204. اتصل بنا 920012345', '739204'],
    ['Magic', 'Use the link, or this code instead: 7F3K-9QZ2', '7F3K9QZ2'],
    ['', 'PIN: 0000', '0000'],
    ['', 'Your code is 1234', '1234'],
    ['', 'Your code is ABC123', 'ABC123'],
    ['', 'Code: 2026', '2026'],
    ['', 'Token: 8f14e45fce', '8f14e45fce'],
    ['', 'Your code is 739204, valid until 2026-11-22. Never call 0800 1234567.', '739204'],
  ])('%s: %j', (subject, text, code) => {
    expect(standingOut(codesOf(subject, text))).toBe(code)
  })

  it.each([
    ['Your temporary login code', 'Login with this code\n\nsalty-bird-eats\n'],
    ['Account recovery', 'Here are your backup codes:\n1234 5678\n2345 6789\n3456 7890\n'],
    ['x', 'Your password has been changed on 2026-11-22. If you did not do this, contact us. Ticket 482913.'],
    ['Receipt', 'Enter your PIN when collecting. Collect at locker 4821, slot 2210.'],
    ['Dial in', 'Dial +1 646 558 8656\nMeeting ID: 912 345 678'],
    ['Wifi', 'Room 412, wifi code on the desk. Check-in 15:00. Booking 55120034.'],
    ['Kurs', 'Der Kurs 4821 beginnt am 22. November 2026 um 14 Uhr. Den Code of Conduct finden Sie anbei.'],
    ['Dev', 'We merged 1204 lines of code in 2026 and closed 4821 issues.'],
    ['Dev', 'The code in PR 4821 needs review by 2026.'],
    ['Dev', 'The QR code below is ticket 48213377.'],
    ['2FA', 'Two-factor authentication was turned on for your account 20391188.'],
    ['Konto', 'Ihre PIN wurde geändert. Kartennummer endet auf 4242. Gültig bis 12/2029.'],
    ['Newsletter', 'Wir feiern 1000 Tage Acme! Code JUBEL1000 eingeben und 15 € sparen. Gültig bis 31.12.2026.'],
    ['Rabatt', 'Mit dem Code SOMMER24 sparen Sie 20 % auf alles.'],
    ['Promo', "Avec le code HIVER25, profitez de -25 % dès 50 € d'achat."],
    ['Promo', 'Usa el código AHORRA25 y llévate 10 € de regalo.'],
    ['Promo', 'Your code: SAVE2024. 20% off everything'],
    ['Referral', 'Share your code ADA4821 with friends and both get $10'],
    ['License', 'Your license key: ABCDE-12345-FGHIJ-67890'],
    ['Reset', 'Your temporary password is Xk29!pQ7'],
    ['Stats', 'Access codes issued: 4821. Tokens used: 120034.'],
    ['Token', 'Your API token starts with 9f3e21ab and has 1000 requests left.'],
    ['x', 'We sent the code to +49 151 23456789 and to ada1815@example.com.'],
    ['x', 'We sent the code to the number ending in 6789.'],
    ['x', 'Do not share your code. Acme, Main Street 4821, 10115 Berlin'],
    ['x', 'If you did not request this code, ignore this mail.\n\nAcme Ltd\n1234 Main Street\nSpringfield, IL 62704'],
    ['x', 'Your code expires in 1440 minutes.'],
    ['x', 'Your code expires in 3600 seconds'],
    ['x', 'This code can be used up to 1000 times'],
    ['Invoice', 'Item Code Qty Price\nWidget 88231 2 14.00\nGadget 55120 1 9.50\nTotal 37.50'],
    ['Payslip', 'Tax code 1257L, NI number QQ123456C, employee 20391'],
    ['Class', 'Your class code: CS50122, room 4821'],
    ['Ticket', 'Show this QR code at the entrance. Ticket 4821-9930, row 12, seat 2210.'],
    ['Bank', 'Your card PIN will come by post within 5 days. Card no. 4242 4242 4242 4242.'],
    ['Statement', 'Your access to account 12345678 (sort code 20-00-00) ends on 31/12/2026.'],
    ['Gift', 'Your gift card code: XKCD-4821-QRST'],
    ['Rabatt', 'Dein Rabattcode: HERBST2026'],
    ['Notice', 'Section 4821 of the civil code applies since 2026.'],
    ['Dev', 'Deploy finished with code 0 after 4821 ms, revision 9f3e21ab'],
    ['Survey', 'Enter survey code 4821-9930-1122 at survey.example to win'],
  ])('%s: none in %j', (subject, text) => {
    expect(codesOf(subject, text)).toEqual([])
  })
})
