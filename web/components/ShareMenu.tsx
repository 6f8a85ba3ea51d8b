/** A message to others: its address, the files that it can be kept as, a test that waits for the like of it. */
import type { Message, Summary } from '../../server/http/schema.js'
import { downloadUrl, pageUrl, partsZipUrl, serverUrl } from '../api.js'
import type { TestKind } from '../as-test.js'
import { formatPlace, HOME } from '../url.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Menu } from './Menu.js'

/** As as-test.ts has them, which is not loaded for their names. */
const KINDS: readonly TestKind[] = ['Playwright', 'Vitest', 'pytest', 'curl']

const loadTests = () => import('../as-test.js')

export function ShareMenu({ summary: { id }, message }: { summary: Summary; message: Message | undefined }) {
  const mailbox = useMailboxActions()
  const link = new URL(formatPlace({ ...HOME, id }), document.baseURI).href
  const copyTest = async (kind: TestKind) => {
    if (!message) return
    const { asTest } = await loadTests()
    await mailbox.copy(asTest(kind, message, serverUrl()), kind === 'curl' ? 'the commands' : `the test for ${kind}`)
  }
  return (
    <Menu
      label="Share"
      className="icon-button"
      // What a click copies has to be there at the click: some browsers let nothing be copied later.
      onOpen={() => void loadTests()}
      groups={[
        { items: [{ name: 'Copy link', icon: 'link', onChoose: () => void mailbox.copy(link, 'the link') }] },
        {
          title: 'Save as',
          items: [
            { name: 'Message', about: '.eml', icon: 'mail', href: downloadUrl(id) },
            { name: 'Page', about: '.html', icon: 'file', href: pageUrl(id) },
            { name: 'All parts', about: '.zip', icon: 'folder', href: partsZipUrl(id) },
          ],
        },
        ...(message
          ? [
              {
                title: 'Copy as test',
                items: KINDS.map(kind => ({
                  name: kind,
                  icon: 'copy' as const,
                  onChoose: () => void copyTest(kind),
                })),
              },
            ]
          : []),
      ]}
    >
      <Icon name="share" />
    </Menu>
  )
}
