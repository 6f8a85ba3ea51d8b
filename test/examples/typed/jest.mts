/** Not run, but compiled: Jest's expect, taught. */
import { expect } from '@jest/globals'
import { type MailHandle, startMaildouble } from 'maildouble'
import 'maildouble/jest'

export async function compiled(): Promise<void> {
  const mail: MailHandle = await startMaildouble()
  const message = await mail.next({ subject: /welcome/i })
  expect(message).toHaveSubject('Welcome')
  expect(message).not.toHaveHeader('X-Id', /7/)
  await expect(mail).not.toHaveReceived({ subject: 'Invoice' }, { withinMs: 5 })
  // @ts-expect-error a filter that is none
  await expect(mail).toHaveReceived({ sender: 'ada' })
}
