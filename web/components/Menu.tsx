/**
 * A button and the menu under it (the menu button pattern of the ARIA practices): arrows, Home and End move, a letter
 * finds, Enter chooses, Escape closes and gives the focus back. What saves a file is a link, so that the browser saves it.
 */
import './Menu.css'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Icon, type IconName } from './Icon.js'

export interface MenuItem {
  name: string
  /** Said of it beside its name. */
  about?: string
  icon?: IconName
  /** What is saved; without it, `onChoose` does what is done. */
  href?: string
  onChoose?: () => void
}

export interface MenuGroup {
  title?: string
  items: MenuItem[]
}

interface Props {
  label: string
  groups: MenuGroup[]
  /** What the button looks like; `label` is its name where that has no words. */
  className: string
  children: ReactNode
  onOpen?: () => void
}

export function Menu({ label, groups, className, children, onOpen }: Props) {
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  /** The item that is to have the focus when it opens; null while it is closed. */
  const [openAt, setOpenAt] = useState<'first' | 'last' | null>(null)
  const isOpen = openAt !== null

  const items = () => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
  const open = (at: 'first' | 'last') => {
    setOpenAt(at)
    onOpen?.()
  }
  const close = () => {
    setOpenAt(null)
    button.current?.focus()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the items are those that are there when it opens
  useEffect(() => {
    if (openAt === null) return
    items()
      .at(openAt === 'first' ? 0 : -1)
      ?.focus()
    const onPointer = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpenAt(null)
    }
    addEventListener('pointerdown', onPointer)
    return () => removeEventListener('pointerdown', onPointer)
  }, [openAt])

  const onButtonKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    open(event.key === 'ArrowDown' ? 'first' : 'last')
  }
  const onMenuKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // The page's own keys are not meant here: `e` would delete.
    event.stopPropagation()
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: -1 }
    const step = steps[event.key]
    if (event.key === 'Escape') close()
    else if (event.key === 'Tab') return setOpenAt(null)
    else if (step !== undefined) all.at(step % all.length)?.focus()
    else if (event.key.length === 1 && event.key !== ' ') {
      const later = [...all.slice(at + 1), ...all.slice(0, at + 1)]
      later.find(item => item.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus()
    } else return
    event.preventDefault()
  }

  return (
    <div className="menu" ref={root}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => (isOpen ? setOpenAt(null) : open('first'))}
        onKeyDown={onButtonKey}
      >
        {children}
      </button>
      {isOpen && (
        <div className="menu-list" id={id} role="menu" aria-label={label} tabIndex={-1} onKeyDown={onMenuKey}>
          {groups.map(({ title, items }) => (
            // biome-ignore lint/a11y/useSemanticElements: the groups of a menu
            <div key={title ?? items[0]?.name} role="group" aria-label={title}>
              {title !== undefined && (
                <div className="menu-title" aria-hidden="true">
                  {title}
                </div>
              )}
              {items.map(item => (
                <Item key={item.name} item={item} onDone={close} />
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  )
}

function Item({ item: { name, about, icon, href, onChoose }, onDone }: { item: MenuItem; onDone: () => void }) {
  const content = (
    <>
      <Icon name={icon ?? 'none'} />
      <span className="menu-name">{name}</span>
      {about && <span className="menu-about">{about}</span>}
    </>
  )
  const choose = () => {
    onChoose?.()
    onDone()
  }
  return href === undefined ? (
    <button type="button" role="menuitem" tabIndex={-1} className="menu-item" onClick={choose}>
      {content}
    </button>
  ) : (
    <a role="menuitem" tabIndex={-1} className="menu-item" href={href} download onClick={choose}>
      {content}
    </a>
  )
}
