/** Rules as somebody wrote them: a rule, or a RuleError that names the field; one that is taken is asked at every moment. */
import { QueryError } from '../../../server/mail/query.js'
import { RuleError } from '../../../server/smtp/rule.js'
import { RULE_MOMENTS } from '../../../server/smtp/rule-input.js'
import { makeRules, message, moment, rcpt } from '../../smtp/make-rules.js'
import { promise, type Target } from '../target.js'

export const rules: Target = {
  name: 'rules',
  tokens: [
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    'null',
    'true',
    '0',
    '-1',
    '1e308',
    ...RULE_MOMENTS.map(name => `"on":"${name}",`),
    '"match":{',
    '"match":{"q":"',
    '"to":"*@a.test"',
    '"/(a+)+$/"',
    '"reply":"452 4.2.2 Full"',
    '"reply":["451","250"]',
    '"action":"close"',
    '"delayMs":1000',
    '"bytesPerSecond":1',
    '"afterBytes":10',
    '"probability":0.5',
    '"seed":1',
    '"times":2',
    '"per":"recipient"',
    '"expiresIn":"1h"',
    '"preset":"greylist"',
    '"certificate":"expired"',
    '"hide":["STARTTLS"]',
    '"__proto__":{}',
    '\\u0000',
    '\\r\\n',
  ],
  maxBytes: 1024 * 1024,
  async run(input, turn) {
    let given: unknown
    try {
      given = JSON.parse(input.toString('utf8'))
    } catch {
      return
    }
    await turn()
    const { rules } = makeRules()
    try {
      const added = rules.add(given)
      await turn()
      const again = makeRules().rules.add(added)
      promise(JSON.stringify(again.match) === JSON.stringify(added.match), 'a rule that is shown is read as another')
      await turn()
      for (const on of RULE_MOMENTS) rules.judge(moment(on))
      rules.judge(rcpt('ada@a.test'))
      rules.judge(message('Subject: a\r\n\r\nb\r\n', { to: ['ada@a.test'] }))
    } catch (error) {
      if (!(error instanceof RuleError) && !(error instanceof QueryError)) throw error
      promise(error.message.length < 10_000, 'an error says more than anybody reads')
    }
  },
}
