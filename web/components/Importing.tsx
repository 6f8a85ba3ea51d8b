/** Files on their way in: how far they are, then what came of them. What went wrong stays until it is dismissed. */
import './Importing.css'
import { useEffect, useState } from 'react'
import { addFiles, type Batch, type Progress } from '../imports.js'
import { formatNumber, plural, revealedText } from '../text.js'
import { Icon } from './Icon.js'

/** How long it is said that all went well. */
const DONE_MS = 6_000
/** Faults that are named: a folder of pictures has thousands. */
const SHOWN_FAULTS = 20

export function Importing({ batch, onDone }: { batch: Batch; onDone: (batch: Batch) => void }) {
  const [progress, setProgress] = useState<Progress>()
  useEffect(() => {
    const abort = new AbortController()
    void addFiles(batch, progress => !abort.signal.aborted && setProgress(progress), abort.signal)
    return () => abort.abort()
  }, [batch])

  const isOver = progress?.file === null
  const faults = progress?.faults ?? []
  const isClean = isOver && faults.length === 0
  useEffect(() => {
    if (!isClean) return
    const timer = setTimeout(() => onDone(batch), DONE_MS)
    return () => clearTimeout(timer)
  }, [isClean, batch, onDone])

  const { sent = 0, total = 0, added = 0, file = '', done = 0 } = progress ?? {}
  const count = batch.files.length
  return (
    <section className="importing" aria-label="Files being added" data-tone={faults.length > 0 ? 'error' : undefined}>
      <div className="importing-head">
        <strong role="status">
          {isOver
            ? added === 0
              ? 'Nothing was added'
              : `Added ${plural(added, 'message')}`
            : `Adding ${plural(count, 'file')} …`}
        </strong>
        <button
          type="button"
          className="icon-button"
          aria-label={isOver ? 'Dismiss' : 'Stop'}
          title={isOver ? 'Dismiss' : 'Stop'}
          onClick={() => onDone(batch)}
        >
          <Icon name="close" />
        </button>
      </div>
      {!isOver && (
        <>
          <progress aria-label="Sent" value={sent} max={Math.max(total, 1)} />
          <p className="importing-file">
            {count > 1 && `${formatNumber(done + 1)} of ${formatNumber(count)}: `}
            {revealedText(file ?? '')}
          </p>
        </>
      )}
      {faults.length > 0 && (
        <ul className="importing-faults" aria-label="Files that were not added">
          {faults.slice(0, SHOWN_FAULTS).map(({ file, problem }, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
            <li key={n}>
              <b>{revealedText(file)}</b> {problem}
            </li>
          ))}
          {faults.length > SHOWN_FAULTS && <li>and {plural(faults.length - SHOWN_FAULTS, 'more file')}</li>}
        </ul>
      )}
    </section>
  )
}
