/** One rule: what it does in words, whether and for how long, what it did, and what can be done with it. */
import './RuleRow.css'
import { useRef, useState } from 'react'
import type { Rule } from '../../server/http/schema.js'
import { editedRule, toJson } from '../rule-json.js'
import { describeHits, describeRule, describeState, ruleText } from '../rule-words.js'
import { formatPlace, HOME } from '../url.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Revealed } from './Revealed.js'
import { RuleEditor } from './RuleEditor.js'

interface Props {
  rule: Rule
  /** Whether a link led to it. */
  isMeant: boolean
  nowMs: number
  onRemove: () => void
}

export function RuleRow({ rule, isMeant, nowMs, onRemove }: Props) {
  const mailbox = useMailboxActions()
  const [isEdited, setEdited] = useState(false)
  const pencil = useRef<HTMLButtonElement>(null)
  const { id, preset, active, hits, lastSessionId, nearMiss } = rule
  const { when, does, limits } = describeRule(rule)
  const name = `rule ${id}: ${ruleText(rule)}`
  const closeEditor = () => {
    setEdited(false)
    pencil.current?.focus()
  }
  return (
    <li className="rule" id={`rule-${id}`} data-active={active || undefined} data-meant={isMeant || undefined}>
      <button
        type="button"
        className="switch"
        role="switch"
        aria-checked={active}
        aria-label={name}
        title={active ? 'Switch off' : 'Switch on: it begins anew'}
        onClick={() => mailbox.turnRules([rule], !active)}
      />
      <div className="rule-about">
        <p className="rule-words">
          <span className="mono">
            <Revealed text={when} />
          </span>
          <span className="rule-arrow" aria-hidden="true">
            →
          </span>
          <span>
            <Revealed text={does} />
            {limits && <span className="quiet">, {limits}</span>}
          </span>
        </p>
        <p className="rule-facts">
          <span>
            {id}
            {preset !== null && ` · ${preset}`}
          </span>
          <span data-hits={hits > 0 || undefined}>{describeHits(hits)}</span>
          {lastSessionId !== null && (
            <a href={formatPlace({ ...HOME, view: 'sessions', sessionId: lastSessionId })}>its last session</a>
          )}
          {hits === 0 && nearMiss !== null && (
            <span>
              nearest miss:{' '}
              <span className="mono">
                <Revealed text={nearMiss} />
              </span>
            </span>
          )}
        </p>
      </div>
      <span className="rule-state">{describeState(rule, nowMs)}</span>
      <span className="rule-actions">
        <button
          ref={pencil}
          type="button"
          className="icon-button"
          aria-label={`Edit ${name}`}
          aria-expanded={isEdited}
          title="Edit"
          onClick={() => setEdited(!isEdited)}
        >
          <Icon name="pencil" />
        </button>
        <button
          type="button"
          className="icon-button rule-remove"
          aria-label={`Remove ${name}`}
          title="Remove"
          onClick={onRemove}
        >
          <Icon name="trash" />
        </button>
      </span>
      {isEdited && (
        <div className="rule-editing">
          <RuleEditor
            text={toJson(rule)}
            action="Save"
            isFocused
            onCancel={closeEditor}
            onSubmit={async input => {
              await mailbox.rules.replace(id, editedRule(rule, input))
              closeEditor()
            }}
          />
        </div>
      )}
    </li>
  )
}
