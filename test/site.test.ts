import { describe, expect, test } from 'vitest'
import { readOptions, withDefaults } from '../server/options.js'
import { readSite } from '../server/site.js'

const siteOf = (input: Record<string, unknown>) => readSite(withDefaults(readOptions(input)))

describe('where the page is', () => {
  const cases: [given: Record<string, string>, basePath: string, publicUrl: string | null][] = [
    [{}, '/', null],
    [{ basePath: 'mail' }, '/mail/', null],
    [{ basePath: '/mail/dev/' }, '/mail/dev/', null],
    [{ basePath: '/' }, '/', null],
    [{ publicUrl: 'https://mail.example.com' }, '/', 'https://mail.example.com'],
    [{ publicUrl: 'https://Mail.example.com:443/inbox/' }, '/inbox/', 'https://mail.example.com/inbox'],
    // the path said twice, or beside
    [{ publicUrl: 'https://a.test/inbox', basePath: '/inbox' }, '/inbox/', 'https://a.test/inbox'],
    [{ publicUrl: 'https://a.test', basePath: '/inbox' }, '/inbox/', 'https://a.test/inbox'],
    [{ publicUrl: 'https://a.test/inbox', basePath: '/' }, '/inbox/', 'https://a.test/inbox'],
  ]
  test.each(cases)('%j', (given, basePath, publicUrl) => expect(siteOf(given)).toMatchObject({ basePath, publicUrl }))
})

describe('is refused by its option', () => {
  const cases: [given: Record<string, unknown>, message: RegExp][] = [
    [{ publicUrl: 'mail.example.com' }, /^publicUrl: a value is not the URL/],
    [{ publicUrl: 'https://ada:secret@a.test' }, /^publicUrl: /],
    [{ publicUrl: 'https://a.test/?x' }, /^publicUrl: /],
    [{ publicUrl: 'ftp://a.test/' }, /^publicUrl: /],
    [{ basePath: '/a b' }, /^basePath: "\/a b" is not a path/],
    [{ basePath: '/a?b' }, /^basePath: /],
    [{ publicUrl: 'https://a.test/one', basePath: '/two' }, /^--base-path \/two\/ is not the path of --public-url/],
    [{ basePath: '/api' }, /^the page cannot be under \/api\//],
    [{ publicUrl: 'https://a.test/docs/x' }, /^the page cannot be under \/docs\/x\//],
    [{ corsOrigin: 'app.example.com' }, /^corsOrigin: "app\.example\.com" is not the origin/],
    [{ corsOrigin: 'https://a.test/path' }, /^corsOrigin: /],
    [{ corsOrigin: 'null' }, /^corsOrigin: /],
    [{ corsOrigin: '*', httpAuth: ['ada:secret'] }, /^--cors-origin \* with --http-auth would let every site/],
  ]
  test.each(cases)('%j', (given, message) => {
    const read = () => siteOf(given)
    expect(read).toThrow(message)
    expect(read).not.toThrow(/secret/)
  })
})

test('origins are read as browsers write them', () => {
  expect(siteOf({ corsOrigin: 'HTTPS://App.example.com/,http://localhost:3000,*' }).corsOrigins).toEqual([
    'https://app.example.com',
    'http://localhost:3000',
    '*',
  ])
})
