/** A choice of one among a few. */
import { Icon, type IconName } from './Icon.js'

interface Props<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; name: string; icon?: IconName }[]
  onChange: (value: Value) => void
}

export function Segments<Value extends string>({ label, value, options, onChange }: Props<Value>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row in every browser
    <div className="segments" role="group" aria-label={label}>
      {options.map(option => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          title={option.name}
          onClick={() => onChange(option.value)}
        >
          {option.icon ? (
            <>
              <Icon name={option.icon} />
              <span className="off-screen">{option.name}</span>
            </>
          ) : (
            option.name
          )}
        </button>
      ))}
    </div>
  )
}
