/**
 * The whole page takes files: while some are dragged over it, it says so. What covers it also covers a mail's frame.
 *
 * A frame gets whatever is over it, and the page never hears of it: files that are dragged from outside right into a mail
 * would be the browser's to open. So frames take nothing from when the pointer leaves the page until it moves over it,
 * which it does not while it drags files.
 */
import './DropTarget.css'
import { useEffect, useState } from 'react'
import { usePlace } from '../url.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'

/** What a pointer does that is over the page and drags nothing. */
const BACK = ['pointermove', 'pointerdown', 'wheel'] as const

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
    const { documentElement: root } = document
    const onAway = ({ pointerType }: PointerEvent) => {
      if (pointerType === 'mouse') root.dataset.pointerAway = ''
    }
    const onBack = () => delete root.dataset.pointerAway
    root.addEventListener('pointerleave', onAway)
    for (const type of BACK) addEventListener(type, onBack, true)
    addEventListener('dragenter', onDrag)
    addEventListener('dragover', onDrag)
    addEventListener('dragleave', onLeave)
    addEventListener('drop', onDrop)
    return () => {
      onBack()
      root.removeEventListener('pointerleave', onAway)
      for (const type of BACK) removeEventListener(type, onBack, true)
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
