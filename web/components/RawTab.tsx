/** The exact bytes, by line. Only what is seen is decoded and drawn, so that a message of many megabytes scrolls too. */
import './RawTab.css'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { readRaw } from '../api.js'
import { exposed, findBytes, type Lines, MAX_MATCHES, readLines, rowAt, textEnd } from '../bytes.js'
import { useLoaded } from '../loaded.js'
import { formatNumber, formatSize, plural } from '../text.js'
import { useMailboxActions } from '../use-mailbox.js'
import { useVirtualRows } from '../virtual.js'
import { Download } from './Download.js'
import { Icon } from './Icon.js'
import { Loading } from './Loading.js'
import { Revealed } from './Revealed.js'
import { Scrolled } from './Scrolled.js'

const ROW_PX = 20
const OVERSCAN = 20

/** `at`: the byte that is pointed at. */
export function RawTab({ id, at }: { id: string; at: number | null }) {
  const loaded = useLoaded(readRaw, id)
  return loaded.state === 'ready' ? <Raw id={id} bytes={loaded.value} at={at} /> : <Loading {...loaded} />
}

function Raw({ id, bytes, at }: { id: string; bytes: Uint8Array; at: number | null }) {
  const mailbox = useMailboxActions()
  const [words, setWords] = useState('')
  const [current, setCurrent] = useState(0)
  const [areBytesExposed, setBytesExposed] = useState(false)
  const lines = useMemo(() => readLines(bytes), [bytes])
  const searched = useDeferredValue(words)
  const found = useMemo(() => findBytes(bytes, searched), [bytes, searched])
  // What is searched for goes before what was pointed at.
  const pointed = useMemo(() => (at === null ? undefined : pointedAt(bytes, lines, at)), [bytes, lines, at])
  const matches = searched === '' && pointed ? pointed : found
  const scroller = useRef<HTMLElement>(null)
  const { drawn, scrollTo } = useVirtualRows(scroller, { count: lines.rows, rowPx: ROW_PX, overscan: OVERSCAN })

  // biome-ignore lint/correctness/useExhaustiveDependencies: another search begins at its first match
  useEffect(() => setCurrent(0), [searched])
  const target = matches.offsets[current]
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another match scrolls
  useEffect(() => {
    if (target === undefined) return
    scrollTo(rowAt(lines, target), 'center')
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => scrollSideways(scroller.current)))
    return () => cancelAnimationFrame(frame)
  }, [target, lines])

  const step = (by: 1 | -1) => {
    const { length } = matches.offsets
    if (length > 0) setCurrent((current + by + length) % length)
  }

  return (
    <>
      <div className="tools">
        <input
          className="field"
          type="text"
          aria-label="Find in the raw message"
          placeholder="Find"
          spellCheck={false}
          value={words}
          onChange={event => setWords(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') step(event.shiftKey ? -1 : 1)
            if (event.key === 'Escape') setWords('')
          }}
        />
        {words !== '' && (
          <>
            <output className="quiet">
              {matches.offsets.length === 0
                ? 'not found'
                : `${formatNumber(current + 1)} of ${formatNumber(matches.offsets.length)}${matches.offsets.length === MAX_MATCHES ? '+' : ''}`}
            </output>
            <span>
              <button type="button" className="icon-button" aria-label="Previous match" onClick={() => step(-1)}>
                <Icon name="up" />
              </button>
              <button type="button" className="icon-button" aria-label="Next match" onClick={() => step(1)}>
                <Icon name="down" />
              </button>
            </span>
          </>
        )}
        <label className="raw-option">
          <input type="checkbox" checked={areBytesExposed} onChange={event => setBytesExposed(event.target.checked)} />
          Invisible bytes
        </label>
        <div className="tools-end">
          <span className="quiet raw-size">{formatSize(bytes.length)}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Copy the raw message"
            title="Copy the raw message"
            onClick={() => void mailbox.copy(new TextDecoder().decode(bytes), 'the raw message')}
          >
            <Icon name="copy" />
          </button>
          <Download id={id} />
        </div>
      </div>
      <Scrolled label="Raw message" className="raw" ref={scroller}>
        <div style={{ height: lines.rows * ROW_PX, width: `calc(${lines.widest}ch + 96px)` }}>
          {drawn.map(index => (
            <div key={index} className="raw-row" style={{ transform: `translateY(${index * ROW_PX}px)` }}>
              <span className="raw-number" aria-hidden="true">
                {lines.numbers[index] || ''}
              </span>
              <code>
                <RowText
                  bytes={bytes}
                  lines={lines}
                  row={index}
                  matches={matches}
                  current={target}
                  areBytesExposed={areBytesExposed}
                />
              </code>
            </div>
          ))}
        </div>
      </Scrolled>
      {lines.isCut && (
        <p className="raw-cut">The first {plural(lines.rows, 'row')} are shown. Download it to see the rest.</p>
      )}
    </>
  )
}

interface RowProps {
  bytes: Uint8Array
  lines: Lines
  row: number
  matches: { offsets: number[]; length: number }
  current: number | undefined
  areBytesExposed: boolean
}

function RowText({ bytes, lines, row, matches: { offsets, length }, current, areBytesExposed }: RowProps) {
  const start = lines.starts[row] as number
  const lineEnd = lines.starts[row + 1] as number
  const end = areBytesExposed ? lineEnd : textEnd(bytes, start, lineEnd)
  const draw = (from: number, to: number) =>
    areBytesExposed ? (
      <Exposed bytes={bytes.subarray(from, to)} />
    ) : (
      <Revealed text={new TextDecoder().decode(bytes.subarray(from, to))} />
    )

  const pieces = []
  let at = start
  for (let n = firstReaching(offsets, start - length + 1); n < offsets.length; n++) {
    const offset = offsets[n] as number
    if (offset >= end) break
    const from = Math.max(offset, start)
    const to = Math.min(offset + length, end)
    if (to <= from) continue
    if (from > at) pieces.push(<span key={at}>{draw(at, from)}</span>)
    pieces.push(
      <mark key={from} data-current={offset === current || undefined}>
        {draw(from, to)}
      </mark>,
    )
    at = to
  }
  if (at < end) pieces.push(<span key={at}>{draw(at, end)}</span>)
  return pieces
}

/** Bytes that are marked where one is pointed at: enough to be seen. */
const POINTED_BYTES = 40

/** The byte that is pointed at, with what follows it on its line, as what a search finds. */
function pointedAt(bytes: Uint8Array, lines: Lines, at: number): { offsets: number[]; length: number } {
  const offset = Math.min(at, Math.max(0, bytes.length - 1))
  const row = rowAt(lines, offset)
  const end = textEnd(bytes, lines.starts[row] as number, lines.starts[row + 1] as number)
  return { offsets: [offset], length: Math.max(1, Math.min(POINTED_BYTES, end - offset)) }
}

/** To the current match where its line is longer than what is seen. */
function scrollSideways(scroller: HTMLElement | null): void {
  const mark = scroller?.querySelector('mark[data-current]')
  if (!scroller || !mark) return
  const { left, right } = mark.getBoundingClientRect()
  const seen = scroller.getBoundingClientRect()
  if (left < seen.left || right > seen.right) scroller.scrollLeft += left - seen.left - seen.width / 2
}

/** The first place among rising ones that is not before `from`. */
function firstReaching(offsets: number[], from: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((offsets[middle] as number) < from) low = middle + 1
    else high = middle
  }
  return low
}

function Exposed({ bytes }: { bytes: Uint8Array }) {
  return exposed(bytes).map((piece, n) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place
      <span key={n} className="raw-mark">
        {piece.mark}
      </span>
    ),
  )
}
