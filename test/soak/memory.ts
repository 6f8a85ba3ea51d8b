/** Whether memory is flat: the resident memory of a process over time, judged by the trend behind its first minute. */

export interface Sample {
  atMs: number
  bytes: number
}

/** What is no growth: the collector runs when it likes, and the bounds are reached in another order each time. */
const MAX_GROWTH_SHARE = 0.1
const MAX_GROWTH_BYTES = 24e6

/** The trend by least squares, in bytes a minute. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const times = samples.map(({ atMs }) => atMs / 60_000)
  const bytes = samples.map(sample => sample.bytes)
  const [meanTime, meanBytes] = [mean(times), mean(bytes)]
  const products = times.map((time, n) => (time - meanTime) * ((bytes[n] as number) - meanBytes))
  const squares = times.map(time => (time - meanTime) ** 2)
  return mean(products) / mean(squares)
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** The medians of the first and of the last quarter of the samples, and whether the second is much more. */
export function growth(samples: readonly Sample[]): { fromBytes: number; toBytes: number; isFlat: boolean } {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const fromBytes = median(samples.slice(0, quarter).map(({ bytes }) => bytes))
  const toBytes = median(samples.slice(-quarter).map(({ bytes }) => bytes))
  const allowed = fromBytes * MAX_GROWTH_SHARE + MAX_GROWTH_BYTES
  return { fromBytes, toBytes, isFlat: toBytes - fromBytes <= allowed }
}
