/** What just happened, and the way back from a deletion. */
import './Toasts.css'
import type { Deletion } from '../deletions.js'
import { later } from '../later.js'
import { plural, revealedText } from '../text.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'

const Importing = later(async () => (await import('./Importing.js')).Importing)

function describe({ what, counts }: Deletion): string {
  if (what.type === 'rules')
    return `Removed ${what.rules.length === 1 ? 'the rule' : plural(what.rules.length, 'rule')}`
  const [only, ...others] = what.type === 'some' ? what.messages : []
  if (!only || others.length > 0) return `Deleted ${plural(counts.total, 'message')}`
  return `Deleted “${revealedText(only.subject || 'No subject')}”`
}

export function Toasts({ onUndo }: { onUndo: () => void }) {
  const mailbox = useMailbox()
  const { notice, connection } = mailbox
  const deletions = mailbox.deletions.undoable
  const deletion = deletions.at(-1)
  return (
    <div className="toasts">
      {mailbox.imports.map((batch, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a batch has no name, and goes by itself
        <Importing key={n} batch={batch} onDone={mailbox.dropImport} />
      ))}
      <div className="toasts-said" role="status">
        {connection === 'lost' && (
          <div className="toast" data-tone="lost">
            <Icon name="warning" />
            <span>maildouble does not answer. Is it still running? The page goes on trying.</span>
          </div>
        )}
        {notice && (
          <div key={notice.key} className="toast" data-tone={notice.tone}>
            <span>{notice.text}</span>
            <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => mailbox.dismiss()}>
              <Icon name="close" />
            </button>
          </div>
        )}
        {deletion && (
          <div key={deletion.key} className="toast">
            <span>{describe(deletion)}</span>
            {deletions.length > 1 && <span className="toast-more">and {deletions.length - 1} before</span>}
            <button type="button" className="button small" title="Undo (z)" aria-keyshortcuts="z" onClick={onUndo}>
              Undo <kbd>z</kbd>
            </button>
          </div>
        )}
      </div>
    </div>
  )
}
