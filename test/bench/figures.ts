/** What a measurement comes to: ours, theirs, their ratio, what was to be reached, and how all of it prints. */

/** Empty for what is counted. */
export type Unit = '/s' | 'MB/s' | 'ms' | 'MB' | 'kB' | ''

/** What design calls for: a bound on the ratio to a peer of the same run, or on our own figure. */
export interface Target {
  of: 'ratio' | 'ours'
  bound: 'at least' | 'at most'
  value: number
}

/** One line of the table. */
export interface Figure {
  /** The name that chooses the row on the command line. */
  row: string
  title: string
  unit: Unit
  /** Medians of the rounds. */
  ours: number
  peer: string | null
  theirs: number | null
  /** Ours by theirs: the median of the ratios of each round. */
  ratio: number | null
  target: Target | null
  reached: boolean | null
  rounds: { ours: number[]; theirs: number[] }
}

/** Everything of a run, as `--json` prints it. */
export interface Report {
  date: string
  machine: string
  load: string
  figures: Figure[]
}

export const ratioAtLeast = (value: number): Target => ({ of: 'ratio', bound: 'at least', value })
export const ratioAtMost = (value: number): Target => ({ of: 'ratio', bound: 'at most', value })
export const oursAtLeast = (value: number): Target => ({ of: 'ours', bound: 'at least', value })
export const oursAtMost = (value: number): Target => ({ of: 'ours', bound: 'at most', value })

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Compares rounds of ours with those of a peer; both were measured in the same round, one after the other. */
export function figure(
  row: { name: string; title: string; unit: Unit },
  ours: number[],
  peer: { name: string; rounds: number[] } | null,
  target: Target | null,
): Figure {
  const theirs = peer?.rounds ?? []
  const ratio = peer ? median(theirs.map((value, round) => (ours[round] ?? Number.NaN) / value)) : null
  const value = target?.of === 'ratio' ? ratio : median(ours)
  const reached =
    target === null || value === null
      ? null
      : target.bound === 'at least'
        ? value >= target.value
        : value <= target.value
  return {
    row: row.name,
    title: row.title,
    unit: row.unit,
    ours: median(ours),
    peer: peer?.name ?? null,
    theirs: peer ? median(theirs) : null,
    ratio,
    target,
    reached,
    rounds: { ours, theirs },
  }
}

/** About three digits that mean something. */
function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function withUnit(value: number, unit: Unit): string {
  if (unit === '') return String(value)
  return unit === '/s' ? `${number(value)}/s` : `${number(value)} ${unit}`
}

function targetText({ target, unit }: Figure): string {
  if (!target) return ''
  return `${target.bound} ${target.of === 'ratio' ? `${target.value} x` : withUnit(target.value, unit)}`
}

const HEADINGS = ['row', 'what', 'maildouble', 'against', 'theirs', 'ratio', 'target', 'reached']

/** The report as a Markdown table that also reads well in a terminal. */
export function table({ date, machine, load, figures }: Report): string {
  const rows = figures.map((line, index) => {
    const again = figures[index - 1]?.row === line.row
    return [
      again ? '' : line.row,
      again ? '' : line.title,
      again ? '' : withUnit(line.ours, line.unit),
      line.peer ?? '',
      line.theirs === null ? '' : withUnit(line.theirs, line.unit),
      line.ratio === null ? '' : `${line.ratio.toFixed(line.ratio < 0.1 ? 3 : 2)} x`,
      targetText(line),
      line.reached === null ? '' : line.reached ? 'yes' : 'no',
    ]
  })
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`
  return [`${date}, ${machine}, load by ${load}`, '', line(HEADINGS), rule, ...rows.map(line)].join('\n')
}
