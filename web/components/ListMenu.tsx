/** What a list can be kept as, and the way for files into it. */
import { exportUrl, type Filter } from '../api.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Menu, type MenuGroup } from './Menu.js'

/** Messages as files: those of a filter, or the chosen ones. */
export function savedAs(filter: Filter, title: string): MenuGroup {
  return {
    title,
    items: [
      { name: 'Mailbox', about: '.mbox', icon: 'inbox', href: exportUrl(filter, 'mbox') },
      { name: 'Page', about: '.html', icon: 'file', href: exportUrl(filter, 'html') },
      { name: 'Messages', about: '.eml in .zip', icon: 'mail', href: exportUrl(filter, 'eml') },
    ],
  }
}

export function ListMenu({ filter, isEmpty }: { filter: Filter; isEmpty: boolean }) {
  const mailbox = useMailboxActions()
  const { q, inbox, unreadOnly } = filter
  const title =
    q !== '' || unreadOnly ? 'Save all found as' : inbox === null ? 'Save all as' : `Save all in ${inbox} as`
  const add = { name: 'Add .eml or mbox files …', icon: 'plus' as const, onChoose: () => mailbox.chooseFiles() }
  return (
    <Menu
      label="More"
      className="icon-button"
      groups={[...(isEmpty ? [] : [savedAs(filter, title)]), { items: [add] }]}
    >
      <Icon name="more" />
    </Menu>
  )
}
