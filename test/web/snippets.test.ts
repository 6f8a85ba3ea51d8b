import { describe, expect, test } from 'vitest'
import { LOGIN, SNIPPETS, type Target } from '../../web/snippets.js'

const PLAIN: Target = { host: 'maildouble', port: 2525, tls: false, login: false }

/** What each says where TLS is required; the others begin it unasked where the server offers it. */
const TLS: Record<string, string> = {
  env: 'SMTP_STARTTLS=true',
  nodemailer: 'requireTLS: true',
  rails: 'enable_starttls: true',
  django: 'EMAIL_USE_TLS = True',
  spring: 'starttls.required=true',
  dotnet: 'SecureSocketOptions.StartTls',
  phoenix: 'tls: :always',
  swaks: '--tls',
}
const UNASKED = ['laravel', 'symfony', 'go']

describe.each(SNIPPETS)('for $name', ({ id, code }) => {
  test('says where to send to, and nothing of what is not wanted', () => {
    const plain = code(PLAIN)
    expect(plain).toContain('maildouble')
    expect(plain).toContain('2525')
    expect(plain).not.toContain(LOGIN.password)
    if (TLS[id]) expect(plain).not.toContain(TLS[id])
  })

  test('logs in where that is required, and begins TLS', () => {
    const login = code({ ...PLAIN, login: true })
    expect(login).toContain(LOGIN.user)
    expect(login).toContain(LOGIN.password)
    if (TLS[id]) expect(code({ ...PLAIN, tls: true })).toContain(TLS[id])
    else expect(UNASKED).toContain(id)
  })
})

test('Go is told that its client logs in without TLS at localhost only', () => {
  const go = SNIPPETS.find(({ id }) => id === 'go')?.code
  expect(go?.({ ...PLAIN, login: true })).toContain('// net/smtp logs in')
  expect(go?.({ ...PLAIN, login: true, tls: true })).not.toContain('//')
  expect(go?.({ ...PLAIN, login: true, host: '127.0.0.1' })).not.toContain('//')
})
