/** Sizes and durations as people write them: one reading for options, routes and queries. Pure, and imports nothing. */

const SIZE_UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }
const DURATION_UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Bytes from `10`, `10k`, `64M` or `1G` (powers of 1024); undefined where it is none of these. */
export function parseSize(text: string): number | undefined {
  const parts = /^(\d{1,12})([kmg]?)$/i.exec(text)
  return parts ? Number(parts[1]) * (SIZE_UNITS[(parts[2] as string).toLowerCase()] as number) : undefined
}

/** Milliseconds from `500ms`, `10s`, `5m` or `1h`, the unit required; undefined where it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const parts = /^(\d{1,12})(ms|s|m|h)$/.exec(text)
  return parts ? Number(parts[1]) * (DURATION_UNITS_MS[parts[2] as string] as number) : undefined
}

/** A size for people: `813 B`, `2.1 kB`, `24 MB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB']
  let value = bytes
  let unit = ''
  for (const next of units) {
    if (value < 1000) break
    value /= 1000
    unit = next
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
