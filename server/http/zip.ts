/**
 * Files -> a ZIP archive (APPNOTE.TXT 6.3), one file in memory at a time: what is sent of an archive does not grow with
 * it, and a slow reader holds up the next file. Sizes stand before the data, so that every program can read it as it comes.
 */
import { crc32, deflateRaw } from 'node:zlib'

/** One file of an archive. */
export interface ZipFile {
  /** Without folders; unique, and fit for every file system: see file-names.ts. */
  name: string
  bytes: Buffer
  /** When it came to be. */
  timeMs: number
}

/** Where the fields of the format end: beyond, it would take its 64-bit form, which not every program reads. */
export const MAX_ZIP_FILES = 0xffff - 1
export const MAX_ZIP_BYTES = 0xffff_ffff

const LOCAL_HEADER = 0x0403_4b50
const CENTRAL_HEADER = 0x0201_4b50
const END_OF_DIRECTORY = 0x0605_4b50
/** 2.0: deflate. */
const VERSION = 20
/** Bit 11: names are UTF-8. */
const FLAGS = 0x0800
const STORED = 0
const DEFLATED = 8
/** The earliest time that the format knows. */
const EARLIEST_MS = Date.UTC(1980, 0, 1)

/** The bytes of an archive, in pieces. Files beyond the bounds are left to the caller to refuse beforehand. */
export async function* zipPieces(
  files: Iterable<ZipFile> | AsyncIterable<ZipFile>,
): AsyncGenerator<Buffer, void, undefined> {
  const directory: Buffer[] = []
  let offset = 0
  let count = 0
  for await (const { name, bytes, timeMs } of files) {
    const packed = await deflated(bytes)
    // What is compressed already only grows.
    const isSmaller = packed.length < bytes.length
    const data = isSmaller ? packed : bytes
    const encodedName = Buffer.from(name)
    const common = fields([
      [2, VERSION],
      [2, FLAGS],
      [2, isSmaller ? DEFLATED : STORED],
      [4, dosTime(timeMs)],
      [4, crc32(bytes)],
      [4, data.length],
      [4, bytes.length],
      [2, encodedName.length],
      [2, 0],
    ])
    const header = Buffer.concat([fields([[4, LOCAL_HEADER]]), common, encodedName])
    directory.push(
      fields([
        [4, CENTRAL_HEADER],
        [2, VERSION],
      ]),
      common,
      // No comment, on the first disk, without attributes.
      fields([
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, offset],
      ]),
      encodedName,
    )
    yield header
    yield data
    offset += header.length + data.length
    count += 1
  }
  const index = Buffer.concat(directory)
  yield index
  yield fields([
    [4, END_OF_DIRECTORY],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, index.length],
    [4, offset],
    [2, 0],
  ])
}

/** Little-endian numbers, each with its bytes. */
function fields(numbers: readonly [bytes: 2 | 4, value: number][]): Buffer {
  const buffer = Buffer.alloc(numbers.reduce((sum, [bytes]) => sum + bytes, 0))
  let at = 0
  for (const [bytes, value] of numbers) at = buffer.writeUIntLE(value, at, bytes)
  return buffer
}

/** Compressed outside of the event loop. */
function deflated(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    deflateRaw(bytes, (error, packed) => (error ? reject(error) : resolve(packed))),
  )
}

/** Time and date as MS-DOS had them: two seconds are the least, and the zone is nobody's; ours is UTC. */
function dosTime(timeMs: number): number {
  const time = new Date(Math.max(timeMs, EARLIEST_MS))
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate()
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1)
  return date * 0x1_0000 + clock
}
