import { describe, expect, it } from 'vitest'
import { codesOf, standingOut } from '../../server/mail/codes.js'

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
    // Groups are one code.
    ['Your login code is 739 204', '739204'],
    ['Your login code is 739-204', '739204'],
    ['Your code: 1234 5678', '12345678'],
    ['Access code: ABCD-1234', 'ABCD1234'],
    ['Verification code\n\n7 3 9 2 0 4\n\nvalid for 5 minutes', '739204'],
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
    for (const unit of ['1 ', 'code ', 'A', '1-', 'code 1234 ', '@', 'a.', '\n1', 'http://', 'order no ']) {
      expect(codes(unit.repeat(200_000)).length).toBeLessThan(1000)
    }
  })
})
