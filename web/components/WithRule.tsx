/** Text of the server in which a rule is named: the name leads to the rule. */
import { cutAtRule } from '../rule-words.js'
import { formatPlace, HOME } from '../url.js'
import { Revealed } from './Revealed.js'

export function WithRule({ text }: { text: string }) {
  const cut = cutAtRule(text)
  if (!cut) return <Revealed text={text} />
  return (
    <>
      <Revealed text={cut.before} />
      <RuleLink id={cut.id} text={cut.rule} />
      <Revealed text={cut.after} />
    </>
  )
}

export function RuleLink({ id, text }: { id: string; text: string }) {
  return <a href={formatPlace({ ...HOME, view: 'rules', ruleId: id })}>{text}</a>
}
