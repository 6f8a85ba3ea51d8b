import { describe, expect, test } from 'vitest'
import { type Delivery, isInboxName, MAX_INBOXES } from '../../server/mail/inboxes.js'
import { makeInboxes } from './make.js'

/** Of SHA-256, in base 32. */
const TOKEN_OF_BILLING = 'bsk4p3hb'

const delivery = (given: Partial<Delivery>): Delivery => ({
  recipients: ['ada@example.com'],
  header: null,
  listener: null,
  username: null,
  ...given,
})

describe('registering', () => {
  test('a name that was made up is its own token', () => {
    const { inbox, created } = makeInboxes().register({ label: 'signs up' }, 0)
    expect(created).toBe(true)
    expect(inbox.name).toMatch(/^[a-z2-7]{6}$/)
    expect(inbox.token).toBe(inbox.name)
    expect(inbox.label).toBe('signs up')
  })

  test("a chosen name's token is the first 8 base32 letters of its SHA-256, so that a client can derive it", () => {
    // SHA-256("billing") begins 0c 95 c7 ec e1, checked with Python's base64.b32encode
    expect(makeInboxes().register({ name: 'billing' }, 0).inbox.token).toBe(TOKEN_OF_BILLING)
  })

  test('the same name again is the same inbox, used anew', () => {
    const inboxes = makeInboxes()
    inboxes.register({ name: 'billing', label: 'Billing', ttlMs: 100 }, 0)
    const again = inboxes.register({ name: 'billing' }, 50)
    expect(again).toMatchObject({ created: false, inbox: { label: 'Billing', expiresAtMs: 150 } })
    inboxes.expire(149)
    expect(inboxes.get('billing')).toBeDefined()
    inboxes.expire(150)
    expect(inboxes.get('billing')).toBeUndefined()
    expect(inboxes.of(delivery({ recipients: [`x+${TOKEN_OF_BILLING}@example.com`] }))).toEqual(['default'])
  })

  test('one that was forgotten can be renewed, with the token it had', () => {
    const inboxes = makeInboxes()
    const { inbox } = inboxes.register({ ttlMs: 10 }, 0)
    expect(inboxes.renew(inbox, 5)).toBe(false)
    inboxes.expire(14)
    expect(inboxes.get(inbox.name)).toBeDefined()
    inboxes.expire(15)
    expect(inboxes.renew(inbox, 20)).toBe(true)
    expect(inboxes.ofRecipient(`ada.${inbox.token}@example.com`)?.name).toBe(inbox.name)
  })

  test('there is a bound, and the one unused for longest gives way', () => {
    const inboxes = makeInboxes()
    for (let n = 0; n < MAX_INBOXES; n++) inboxes.register({ name: `i${n}` }, n)
    inboxes.register({ name: 'i0' }, MAX_INBOXES)
    inboxes.register({ name: 'new' }, MAX_INBOXES)
    expect(inboxes.list()).toHaveLength(MAX_INBOXES)
    expect([inboxes.get('i0'), inboxes.get('new')]).not.toContain(undefined)
    expect(inboxes.get('i1')).toBeUndefined()
  })

  test.each([
    ['billing', true],
    ['ada@example.com', true],
    ['a.b_c-d+e', true],
    ['', false],
    ['.hidden', false],
    ['a b', false],
    ['a/b', false],
    ['a'.repeat(101), false],
  ])('%j is a name: %s', (name, is) => expect(isInboxName(name)).toBe(is))
})

describe('where a message goes: the first that applies', () => {
  const inboxes = makeInboxes()
  const { name: one } = inboxes.register({}, 0).inbox
  const { name: two } = inboxes.register({}, 0).inbox
  inboxes.register({ name: 'billing' }, 0)
  const cases: [what: string, given: Partial<Delivery>, names: string[]][] = [
    // 1. a token as a whole word of a recipient's address, or the header
    ['after a dot', { recipients: [`ada.${one}@example.com`] }, [one]],
    ['after a plus', { recipients: [`ada+${one}@example.com`] }, [one]],
    ['in the domain', { recipients: [`x@${one}.example.com`] }, [one]],
    ['alone', { recipients: [`${one}@example.com`] }, [one]],
    ['in capitals', { recipients: [`ada.${one.toUpperCase()}@EXAMPLE.com`] }, [one]],
    ['behind a source route', { recipients: [`@relay.test:ada.${one}@example.com`] }, [one]],
    ['not as a part of a word', { recipients: [`ada${one}@example.com`, `${one}x@example.com`] }, ['default']],
    ['recipients of two: in both', { recipients: [`a.${one}@x.test`, 'b@x.test', `c.${two}@x.test`] }, [one, two]],
    ['two recipients of one: once', { recipients: [`a.${one}@x.test`, `b.${one}@x.test`] }, [one]],
    ["a chosen name's token", { recipients: [`ada.${TOKEN_OF_BILLING}@example.com`] }, ['billing']],
    ['the header', { header: ' billing ' }, ['billing']],
    ['the header and a token', { header: 'billing', recipients: [`a.${one}@x.test`] }, [one, 'billing']],
    ['a header that names nobody', { header: 'nobody' }, ['default']],
    ['before listener and user', { recipients: [`a.${one}@x.test`], listener: 'port', username: 'user' }, [one]],
    // 2. the listener's
    ['the listener', { listener: 'port', username: 'user' }, ['port']],
    // 3. the user name's
    ['the user', { username: 'user' }, ['user']],
    ['an empty user name', { username: '' }, ['default']],
    // 4. default
    ['nothing', {}, ['default']],
  ]
  test.each(cases)('%s', (_what, given, names) => expect(inboxes.of(delivery(given))).toEqual(names))
})
