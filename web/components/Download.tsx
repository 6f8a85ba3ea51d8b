/** Saves a message as it came. */
import { downloadUrl } from '../api.js'
import { Icon } from './Icon.js'

export function Download({ id }: { id: string }) {
  return (
    <a className="icon-button" href={downloadUrl(id)} download aria-label="Download as .eml" title="Download as .eml">
      <Icon name="download" />
    </a>
  )
}
