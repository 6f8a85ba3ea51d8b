/** What was let pass that a strict server would refuse, and what is odd, in words. */
import './Warnings.css'
import { Icon } from './Icon.js'
import { Revealed } from './Revealed.js'

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <ul className="warnings" aria-label="Warnings">
      {warnings.map(warning => (
        <li key={warning}>
          <Icon name="warning" />
          <span>
            <Revealed text={warning} />
          </span>
        </li>
      ))}
    </ul>
  )
}
