import { describe, expect, it } from 'vitest'
import { linksOf, linksOfText } from '../../server/mail/links.js'

describe('links in text', () => {
  it.each([
    ['See https://x.test/a?b=c&d=e#f for more', ['https://x.test/a?b=c&d=e#f']],
    ['http://localhost:3000/reset/abc and HTTPS://X.TEST', ['http://localhost:3000/reset/abc', 'HTTPS://X.TEST']],
    // The sentence around it.
    [
      'Go to https://x.test/a. Or https://x.test/b, or https://x.test/c!',
      ['https://x.test/a', 'https://x.test/b', 'https://x.test/c'],
    ],
    [
      '(see https://x.test/a) [https://x.test/b] "https://x.test/c"',
      ['https://x.test/a', 'https://x.test/b', 'https://x.test/c'],
    ],
    ['Is it https://x.test/a?', ['https://x.test/a']],
    ['<https://x.test/a>, <mailto:a@x.test>', ['https://x.test/a', 'mailto:a@x.test']],
    ['*https://x.test/a*', ['https://x.test/a']],
    ['[Confirm](https://x.test/a)', ['https://x.test/a']],
    // What belongs to it.
    [
      'https://x.test/wiki/A_(b) (https://x.test/wiki/C_(d))',
      ['https://x.test/wiki/A_(b)', 'https://x.test/wiki/C_(d)'],
    ],
    ['https://x.test/?a[]=1&b=', ['https://x.test/?a[]=1&b=']],
    ['https://x.test/grüße https://пример.test/путь', ['https://x.test/grüße', 'https://пример.test/путь']],
    ['「https://x.test/a」を開く', ['https://x.test/a']],
    // Scripts without blanks between words.
    ['点击链接https://x.test/a?token=b1完成验证', ['https://x.test/a?token=b1']],
    ['こちらhttps://x.test/aから', ['https://x.test/a']],
    ['https://x.test/a를 누르세요', ['https://x.test/a']],
    ['https://x.test/wiki/中国 https://x.test/日本語/a', ['https://x.test/wiki/中国', 'https://x.test/日本語/a']],
    ['开https://例子.test/a，谢谢', ['https://例子.test/a']],
    ['اضغط هنا: https://x.test/a؟', ['https://x.test/a']],
    // Other schemes, and none.
    ['myapp://login?token=1', ['myapp://login?token=1']],
    ['www.x.test/a', ['www.x.test/a']],
    ['https:// nothing, awww.x.test, a@x.test', []],
    ['https://x.test/a\r\nhttps://x.test/b', ['https://x.test/a', 'https://x.test/b']],
  ])('%j', (text, links) => {
    expect([...linksOfText(text)]).toEqual(links)
  })

  it('takes no more time than the text is long', () => {
    for (const unit of ['https://', '(', ')', 'a:', 'https://x.test/(((', 'www.', '<']) {
      expect([...linksOfText(unit.repeat(100_000))].length).toBeLessThan(100_001)
    }
  })
})

describe('links of a message', () => {
  it('are those of the HTML with their words, then those that only the text has', () => {
    const links = linksOf(
      'Confirm: https://x.test/confirm?a=1&b=2\nHelp: https://x.test/help',
      '<a href="https://x.test/confirm?a=1&amp;b=2">Confirm</a> <a href="https://x.test/shop">Shop</a>',
    )
    expect(links.map(({ href, text }) => [text, href])).toEqual([
      ['Confirm', 'https://x.test/confirm?a=1&b=2'],
      ['Shop', 'https://x.test/shop'],
      ['https://x.test/help', 'https://x.test/help'],
    ])
  })

  it('are given once for each of their words', () => {
    const links = linksOf(null, '<a href="/a">x</a><a href="/a">x</a><a href="/a">y</a>')
    expect(links.map(({ text }) => text)).toEqual(['x', 'y'])
  })

  it('are none where nothing is led to', () => {
    expect(
      linksOf(null, '<a href="javascript:x()">a</a><a href="data:text/html,x">b</a><a href="cid:x">c</a>'),
    ).toEqual([])
    expect(linksOf(null, null)).toEqual([])
  })

  it.each([
    'Unsubscribe',
    'Opt out of these emails',
    'No longer want to receive these? Click',
    'Vom Newsletter abmelden',
    'Newsletter abbestellen',
    'Keine E-Mails mehr erhalten',
    'Se désabonner',
    'Se désinscrire',
    'Ne plus recevoir ces messages',
    'Darse de baja',
    'Cancelar suscripción',
    'Anular la suscripción',
    'Cancelar a subscrição',
    'Cancelar inscrição',
    'Descadastrar-se',
    'Deixar de receber',
    'Annulla l’iscrizione',
    'Disiscriviti',
    'Cancella iscrizione',
    'Uitschrijven',
    'Schrijf je uit via: afmelden',
    'Geen e-mails meer ontvangen',
    'Avregistrera dig',
    'Avprenumerera',
    'Meld deg av nyhetsbrevet',
    'Afmeld nyhedsbrev',
    'Peruuta tilaus',
    'Wypisz się',
    'Zrezygnuj z subskrypcji',
    'Odhlásit odběr',
    'Zrušit odběr',
    'Leiratkozás',
    'Dezabonare',
    'Abonelikten çık',
    'Aboneliği iptal et',
    'Διαγραφή από τη λίστα',
    'Отписаться',
    'Отказаться от рассылки',
    'Відписатися',
    '配信停止はこちら',
    '配信を停止する',
    '購読解除',
    '退订',
    '取消订阅',
    '取消訂閱',
    '수신거부',
    '구독 취소',
    'إلغاء الاشتراك',
    'لغو اشتراک',
    'ביטול המינוי',
    'सदस्यता समाप्त करें',
    'Hủy đăng ký',
    'Berhenti berlangganan',
    'ยกเลิกการรับข่าวสาร',
  ])('"%s" is marked', text => {
    expect(linksOf(null, `<a href="https://x.test/1">${text}</a>`)[0]?.unsubscribe).toBe(true)
  })

  it.each([
    'Subscribe',
    'Log in',
    'Anmelden',
    'Newsletter abonnieren',
    'S’abonner',
    'Suscribirse',
    'Inscreva-se',
    'Iscriviti',
    'Aanmelden',
    'Prenumerera',
    'Zapisz się',
    'Abone ol',
    'Подписаться',
    '登録する',
    '订阅',
    '구독하기',
    'اشترك الآن',
    'Manage preferences',
    'Confirm',
  ])('"%s" is not', text => {
    expect(linksOf(null, `<a href="https://x.test/1">${text}</a>`)[0]?.unsubscribe).toBe(false)
  })

  it.each([
    ['https://x.test/unsubscribe?u=1', 'click here', true],
    ['https://x.test/email/opt-out', 'here', true],
    ['https://x.test/uitschrijven/1', 'hier', true],
    ['https://x.test/login', 'Log in', false],
  ])('%s "%s" is marked: %s', (href, text, unsubscribe) => {
    expect(linksOf(null, `<a href="${href}">${text}</a>`)[0]?.unsubscribe).toBe(unsubscribe)
  })
})
