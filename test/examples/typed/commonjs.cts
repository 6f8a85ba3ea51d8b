/** Not run, but compiled: the package as CommonJS sees it. */
import maildouble = require('maildouble')
import playwright = require('maildouble/playwright')

async function compiled(): Promise<void> {
  const mail: maildouble.MailHandle = await maildouble.startMaildouble({ maxMessages: 10 })
  const message = await mail.next({ to: 'ada@example.com', subject: /welcome/i })
  message.link('Confirm').path satisfies string
  // @ts-expect-error a filter that is none
  await mail.messages({ sender: 'ada' })
  playwright.maildoubleServer({ httpPort: 8025 }).url satisfies string
}

export = compiled
