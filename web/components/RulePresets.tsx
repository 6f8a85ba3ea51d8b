/** Presets, each a click away; for whom and how often is said before, where that makes a difference. */
import './RulePresets.css'
import { useId, useState } from 'react'
import { RequestError } from '../api.js'
import { PRESETS, type Preset, presetRule } from '../presets.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'

interface Props {
  /** The chosen inbox; null for all of them. */
  inbox: string | null
  /** How long a rule lasts; null for until it is removed. */
  forMs: number | null
}

export function RulePresets({ inbox, forMs }: Props) {
  const id = useId()
  const mailbox = useMailboxActions()
  const [to, setTo] = useState('')
  const [times, setTimes] = useState('')
  const [problem, setProblem] = useState<RequestError>()

  const add = async (preset: Preset) => {
    const narrowed = { to: to.trim(), times: times === '' ? null : Number(times), inbox }
    try {
      await mailbox.rules.add(presetRule(preset, narrowed, forMs))
      setProblem(undefined)
      mailbox.say(`Added the rule: ${preset.title}`)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      setProblem(error)
    }
  }
  const cards = (about: (preset: Preset) => boolean) => (
    <ul className="presets-cards">
      {PRESETS.filter(about).map(preset => (
        <li key={preset.name}>
          <button type="button" className="preset" onClick={() => void add(preset)}>
            <span className="preset-title">
              <Icon name="plus" /> {preset.title}
            </span>
            <span className="preset-does">{preset.does}</span>
          </button>
        </li>
      ))}
    </ul>
  )

  return (
    <div className="presets">
      <div className="presets-group">
        <div className="presets-head">
          <h3>For recipients</h3>
          <label>
            To{' '}
            <input
              className="field"
              type="text"
              placeholder="everybody"
              title="An address, a part of one, or a pattern: *@full.test"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              aria-invalid={problem !== undefined || undefined}
              aria-describedby={problem && `${id}-problem`}
              value={to}
              onChange={event => setTo(event.target.value)}
            />
          </label>
          <label>
            only the first{' '}
            <input
              className="field presets-times"
              type="number"
              min={1}
              placeholder="all"
              title="How often it acts; where recipients are refused, for each of them"
              value={times}
              onChange={event => setTimes(event.target.value)}
            />
          </label>
          {inbox !== null && <span className="badge quiet">in inbox {inbox}</span>}
        </div>
        {problem && (
          <p className="rules-problem" id={`${id}-problem`} role="alert">
            <strong>{problem.message}</strong>
            <span>{problem.fix}</span>
          </p>
        )}
        {cards(({ knows }) => knows !== null)}
      </div>
      <div className="presets-group">
        <div className="presets-head">
          <h3>For whoever connects</h3>
        </div>
        {cards(({ knows }) => knows === null)}
      </div>
    </div>
  )
}
