/** The whole page takes files: while some are dragged over it, it says so. What covers it also covers a mail's frame. */
import './DropTarget.css'
import { useEffect, useState } from 'react'
import { usePlace } from '../url.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

export function DropTarget() {
  const mailbox = useMailboxActions()
  const { inbox } = usePlace()
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const onDrag = (event: DragEvent) => {
      if (!hasFiles(event)) return
      // Without this, the browser would leave the page for the file.
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
      setOver(true)
    }
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(false)
      mailbox.addFiles([...(event.dataTransfer?.files ?? [])])
    }
    addEventListener('dragenter', onDrag)
    addEventListener('dragover', onDrag)
    addEventListener('dragleave', onLeave)
    addEventListener('drop', onDrop)
    return () => {
      removeEventListener('dragenter', onDrag)
      removeEventListener('dragover', onDrag)
      removeEventListener('dragleave', onLeave)
      removeEventListener('drop', onDrop)
    }
  }, [mailbox])

  if (!isOver) return null
  return (
    <div className="drop-target">
      <div className="drop-target-words">
        <Icon name="download" />
        <p>
          <strong>Drop .eml or mbox files</strong>
        </p>
        <p>They are added{inbox === null ? '' : ` to ${inbox}`} as if they had been received.</p>
      </div>
    </div>
  )
}
