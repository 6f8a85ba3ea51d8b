/**
 * Programmed behaviour: the rules that there are, in the order in which they are asked, with what they do and did; and
 * the ways to another one: a preset by a click, or JSON.
 */
import './RulesPage.css'
import { useEffect, useRef, useState } from 'react'
import type { Rule } from '../../server/http/schema.js'
import { RequestError } from '../api.js'
import { useClock } from '../clock.js'
import { useKeys } from '../keys.js'
import { LASTS, type Lasts } from '../presets.js'
import { EXAMPLE } from '../rule-json.js'
import { plural } from '../text.js'
import { go, type Place } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { RuleEditor } from './RuleEditor.js'
import { RulePresets } from './RulePresets.js'
import { RuleRow } from './RuleRow.js'
import { Scrolled } from './Scrolled.js'
import { WithCode } from './WithCode.js'

/** What is left of a rule's time is counted down by the second. */
const TICK_MS = 1_000

export function RulesPage({ place, onUndo }: { place: Place; onUndo: () => void }) {
  const mailbox = useMailbox()
  const { rules, sessions, deletions } = mailbox
  const { ruleId } = place
  const region = useRef<HTMLElement>(null)
  const [lasts, setLasts] = useState<Lasts>(LASTS[0].value)
  const removed = deletions.ruleIds
  const shown = rules.list.filter(({ id }) => !removed.has(id))
  const nowMs = useClock(
    TICK_MS,
    shown.some(({ active, expiresAt }) => active && expiresAt !== null),
  )
  const close = () => go({ view: 'messages', ruleId: null })
  useKeys({ u: close, escape: close, z: onUndo }, () => {})

  // What came near a rule is told by no event of its own.
  const { happenings } = sessions
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever was said may have come near
  useEffect(() => rules.readSoon(), [rules, happenings])

  const isRead = rules.status === 'ready'
  const isMeantThere = shown.some(({ id }) => id === ruleId)
  useEffect(() => {
    if (ruleId !== null && isMeantThere) document.getElementById(`rule-${ruleId}`)?.scrollIntoView({ block: 'nearest' })
  }, [ruleId, isMeantThere])

  // What had the focus goes with the rule: it stays near.
  const remove = (leaving: readonly Rule[]) => {
    const index = shown.findIndex(rule => leaving.includes(rule))
    const next = leaving.length === shown.length ? undefined : (shown[index + 1] ?? shown[index - 1])
    mailbox.removeRules(leaving)
    const near = next && document.querySelector<HTMLElement>(`#rule-${next.id} .rule-remove`)
    ;(near ?? region.current)?.focus()
  }

  const forMs = lasts === '' ? null : Number(lasts)
  return (
    <main className="rules-region" aria-label="Rules">
      <Scrolled label="Rules" className="scrolled rules" ref={region}>
        <header>
          <h1>Rules</h1>
          {shown.length > 0 && (
            <button type="button" className="button small" onClick={() => remove(shown)}>
              <Icon name="trash" /> Remove all
            </button>
          )}
        </header>
        {rules.status instanceof RequestError && (
          <div className="rules-problem" role="alert">
            <strong>{rules.status.message}</strong>
            <span>{rules.status.fix}</span>
          </div>
        )}
        {isRead && ruleId !== null && !isMeantThere && (
          <p className="quiet" role="status">
            There is no rule {ruleId} any more.
          </p>
        )}
        {shown.length > 0 ? (
          <>
            <p className="quiet">
              {plural(shown.length, 'rule')}, asked in this order: the first that fits a moment acts.
            </p>
            <ol className="rules-list" aria-label="Rules, in the order in which they are asked">
              {shown.map(rule => (
                <RuleRow
                  key={rule.id}
                  rule={rule}
                  isMeant={rule.id === ruleId}
                  nowMs={nowMs}
                  onRemove={() => remove([rule])}
                />
              ))}
            </ol>
          </>
        ) : (
          isRead && (
            <p className="rules-none">
              There is none: every mail is taken. With a rule this server refuses, delays or hangs up as real ones do on
              a bad day, and you see what your app makes of it.
            </p>
          )
        )}

        <section aria-labelledby="rules-add">
          <div className="rules-add">
            <h2 id="rules-add">Add a rule</h2>
            <label>
              Lasts{' '}
              <select className="field" value={lasts} onChange={event => setLasts(event.target.value as Lasts)}>
                {LASTS.map(({ value, name }) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <RulePresets inbox={place.inbox} forMs={forMs} />
        </section>

        <section aria-labelledby="rules-write">
          <h2 id="rules-write">Write one</h2>
          <p className="quiet rules-write">
            <WithCode text={`Without \`forMs\`, it lasts as chosen above.`} />
          </p>
          <RuleEditor
            text={EXAMPLE}
            action="Add the rule"
            onSubmit={async input => {
              await rules.add({ ...(forMs !== null && { forMs }), ...input })
              mailbox.say('Added the rule')
            }}
          />
        </section>
      </Scrolled>
    </main>
  )
}
