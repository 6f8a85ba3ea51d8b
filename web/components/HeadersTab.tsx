/** Every header field in the order it came, decoded or as it came. */
import './HeadersTab.css'
import { useState } from 'react'
import type { HeaderList } from '../../server/http/schema.js'
import { readHeaders } from '../api.js'
import { headerWords, type Words } from '../header-words.js'
import { useLoaded } from '../loaded.js'
import { plural } from '../text.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Loading } from './Loading.js'
import { Revealed } from './Revealed.js'
import { Scrolled } from './Scrolled.js'
import { Segments } from './Segments.js'
import { Time } from './Time.js'

type Field = HeaderList['headers'][number]

const FORMS = [
  { value: 'decoded', name: 'Decoded' },
  { value: 'raw', name: 'Raw' },
] as const

/** A value longer than this is folded until it is asked for. */
const FOLDED_CHARACTERS = 400
/** Fields drawn at once: a hostile mail has a hundred thousand. */
const SHOWN_FIELDS = 500

export function HeadersTab({ id }: { id: string }) {
  const mailbox = useMailboxActions()
  const loaded = useLoaded(readHeaders, id)
  const [form, setForm] = useState<'decoded' | 'raw'>('decoded')
  const [filter, setFilter] = useState('')
  if (loaded.state !== 'ready') return <Loading {...loaded} />

  const { headers } = loaded.value
  const words = filter.trim().toLowerCase()
  const found = headers.filter(({ name, value }) => `${name}: ${value}`.toLowerCase().includes(words))
  return (
    <>
      <div className="tools">
        <Segments label="Form" value={form} options={FORMS} onChange={setForm} />
        <input
          className="field"
          type="text"
          aria-label="Filter the headers"
          placeholder="Filter"
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
        <span className="quiet">
          {words === '' ? plural(headers.length, 'field') : `${found.length} of ${headers.length}`}
        </span>
        <div className="tools-end">
          <button
            type="button"
            className="icon-button"
            aria-label="Copy the headers"
            title="Copy the headers"
            onClick={() =>
              void mailbox.copy(found.map(({ raw }) => raw.replace(/\r?\n$/, '')).join('\n'), 'the headers')
            }
          >
            <Icon name="copy" />
          </button>
        </div>
      </div>
      <Scrolled label="Headers of the message">
        {form === 'decoded' ? (
          <dl className="headers">
            {found.slice(0, SHOWN_FIELDS).map((field, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a field may stand twice
              <HeaderField key={n} field={field} />
            ))}
          </dl>
        ) : (
          <pre className="headers-raw">
            <Revealed
              text={found
                .slice(0, SHOWN_FIELDS)
                .map(({ raw }) => raw.replace(/\r\n/g, '\n').replace(/\n?$/, '\n'))
                .join('')}
            />
          </pre>
        )}
        {found.length === 0 && <p className="quiet">No field has that in it.</p>}
        {found.length > SHOWN_FIELDS && (
          <p className="quiet">and {plural(found.length - SHOWN_FIELDS, 'more field')}: filter, or look at Raw</p>
        )}
      </Scrolled>
    </>
  )
}

function HeaderField({ field: { name, value } }: { field: Field }) {
  const mailbox = useMailboxActions()
  const [isWhole, setWhole] = useState(false)
  const words = headerWords(name, value)
  const isFolded = !isWhole && value.length > FOLDED_CHARACTERS
  return (
    <div>
      <dt>
        <Revealed text={name} />
      </dt>
      <dd>
        {words ? (
          <HeaderWords words={words} />
        ) : (
          <span dir="auto">
            <Revealed text={isFolded ? value.slice(0, FOLDED_CHARACTERS) : value} />
          </span>
        )}
        {isFolded && !words && (
          <>
            …{' '}
            <button type="button" className="link-button" onClick={() => setWhole(true)}>
              show all
            </button>
          </>
        )}
        <button
          type="button"
          className="icon-button header-copy"
          aria-label={`Copy ${name}`}
          title={`Copy ${name}`}
          onClick={() => void mailbox.copy(value, name)}
        >
          <Icon name="copy" />
        </button>
      </dd>
    </div>
  )
}

/** What a server found out about a mail, by how good it is. */
const RESULT = /^(?<good>pass\b)|^(?<bad>(?:soft|hard)?fail|permerror|policy)\b/i

function HeaderWords({ words }: { words: Words[] }) {
  return (
    <table className="header-words">
      <tbody>
        {words.map(({ name, value }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row may stand twice
          <tr key={n}>
            {name === '' ? (
              <td />
            ) : (
              <th scope="row">
                <Revealed text={name} />
              </th>
            )}
            <td data-result={typeof value === 'string' ? resultOf(value) : undefined}>
              {typeof value === 'string' ? <Revealed text={value} /> : <Time at={value.time} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function resultOf(value: string): 'good' | 'bad' | undefined {
  const { good, bad } = RESULT.exec(value)?.groups ?? {}
  return good ? 'good' : bad ? 'bad' : undefined
}
