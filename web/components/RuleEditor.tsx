/** A rule as JSON, with help beside it; what is wrong is said below it, and marked in the text. */
import './RuleEditor.css'
import { Fragment, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import type { RuleInput } from '../../server/http/schema.js'
import { RequestError } from '../api.js'
import { lineOf, parseJson, placeOfField } from '../json.js'
import { FIELDS } from '../rule-json.js'

interface Problem {
  message: string
  fix: string
}

interface Props {
  /** What it begins with. */
  text: string
  /** What the button says. */
  action: string
  /** Throws what the server says against it. */
  onSubmit: (input: RuleInput) => Promise<void>
  onCancel?: () => void
  isFocused?: boolean
}

const MIN_ROWS = 8

export function RuleEditor({ text: initial, action, onSubmit, onCancel, isFocused = false }: Props) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(initial)
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    if (isFocused) field.current?.focus()
  }, [isFocused])

  const refuse = (problem: Problem, start?: number, end?: number) => {
    setProblem(problem)
    field.current?.focus()
    if (start !== undefined) field.current?.setSelectionRange(start, end ?? start + 1)
  }
  const submit = async () => {
    const parsed = parseJson(text)
    if ('fault' in parsed) {
      const { message, position } = parsed.fault
      const { line, column } = lineOf(text, position)
      refuse({ message: `Line ${line}, column ${column}: ${message}.`, fix: 'A rule is one object in JSON.' }, position)
      return
    }
    if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
      refuse({ message: 'A rule is an object.', fix: 'Write its fields between { and }.' }, 0, text.length)
      return
    }
    setBusy(true)
    try {
      await onSubmit(parsed.value)
      setProblem(undefined)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const place = error.field === null ? undefined : placeOfField(text, error.field)
      refuse(error, place?.start, place?.end)
    } finally {
      setBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
    else if (event.key === 'Escape' && onCancel) onCancel()
    else return
    event.preventDefault()
  }

  return (
    <form
      className="rule-editor"
      aria-label={action}
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <div className="rule-editor-text">
        <textarea
          ref={field}
          className="field mono"
          aria-label="The rule as JSON"
          aria-invalid={problem !== undefined || undefined}
          aria-describedby={problem && `${id}-problem`}
          rows={Math.max(MIN_ROWS, initial.split('\n').length)}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          value={text}
          onChange={event => {
            setText(event.target.value)
            setProblem(undefined)
          }}
          onKeyDown={onKeyDown}
        />
        {problem && (
          <p className="rules-problem" id={`${id}-problem`} role="alert">
            <strong>{problem.message}</strong>
            <span>{problem.fix}</span>
          </p>
        )}
        <div className="rule-editor-buttons">
          <button type="submit" className="button primary" disabled={isBusy}>
            {action}
          </button>
          {onCancel && (
            <button type="button" className="button" onClick={onCancel}>
              Cancel
            </button>
          )}
        </div>
      </div>
      <details className="rule-editor-help" open={!onCancel}>
        <summary>Fields</summary>
        <dl>
          {FIELDS.map(({ names, does }) => (
            <div key={names[0]}>
              <dt>
                {names.map((name, n) => (
                  <Fragment key={name}>
                    {n > 0 && ', '}
                    <code>{name}</code>
                  </Fragment>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </details>
    </form>
  )
}
