/** Thumbnails: their form, what of an image is in them, and white for what cannot be shown. */
import { deflateSync } from 'node:zlib'
import jpeg from 'jpeg-js'
import { expect, test } from 'vitest'
import { thumbnailOf } from '../../../server/http/compat/mailpit/thumbnail.js'

type Colour = [red: number, green: number, blue: number, alpha: number]
const RED: Colour = [255, 0, 0, 255]
const BLUE: Colour = [0, 0, 255, 255]
const CLEAR: Colour = [0, 0, 0, 0]
const WHITE: Colour = [255, 255, 255, 255]

function pixels(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  return Buffer.from(
    Array.from({ length: width * height }, (_, n) => colourAt(n % width, Math.floor(n / width))).flat(),
  )
}

const jpegOf = (width: number, height: number, colourAt: (x: number, y: number) => Colour) =>
  jpeg.encode({ width, height, data: pixels(width, height, colourAt) }, 90).data

/** A PNG without check sums, which decoders of images for people need not look at. */
function pngOf(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const data = pixels(width, height, colourAt)
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.of(0),
    data.subarray(y * width * 4, (y + 1) * width * 4),
  ])
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 6, 0, 0, 0], 8)
  const chunks = [
    ['IHDR', head],
    ['IDAT', deflateSync(Buffer.concat(rows.flat()))],
    ['IEND', Buffer.alloc(0)],
  ] as const
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, ...chunks.map(([type, body]) => chunk(Buffer.from(type), body))])
}

function chunk(type: Buffer, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(Buffer.concat([type, body])))
  return Buffer.concat([length, type, body, sum])
}

function crc32(bytes: Buffer): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

const halves = (width: number) => (x: number) => (x < width / 2 ? RED : BLUE)

test.each<[string, Buffer, [left: Colour, right: Colour, corner: Colour]]>([
  ['a JPEG', jpegOf(360, 240, halves(360)), [RED, BLUE, RED]],
  ['a PNG', pngOf(360, 240, halves(360)), [RED, BLUE, RED]],
  ['a broad one, cut', pngOf(600, 130, halves(600)), [RED, BLUE, RED]],
  ['one that is clear, on white', pngOf(200, 200, () => CLEAR), [WHITE, WHITE, WHITE]],
  ['a small one, in the middle', pngOf(100, 60, halves(100)), [RED, BLUE, WHITE]],
  ['one of a pixel', pngOf(1, 1, () => RED), [WHITE, WHITE, WHITE]],
  ['a high one, fitted', pngOf(100, 600, () => RED), [WHITE, WHITE, WHITE]],
  ['one that is too large', pngOf(1000, 1000, () => RED), [WHITE, WHITE, WHITE]],
  [
    'one that says it is large',
    Buffer.concat([pngOf(1, 1, () => RED).subarray(0, 16), Buffer.alloc(40, 255)]),
    [WHITE, WHITE, WHITE],
  ],
  ['a broken one', jpegOf(180, 120, () => RED).subarray(0, 100), [WHITE, WHITE, WHITE]],
  ['a text', Buffer.from('hello'), [WHITE, WHITE, WHITE]],
  ['nothing', Buffer.alloc(0), [WHITE, WHITE, WHITE]],
])('%s', async (_what, bytes, colours) => {
  const thumbnail = await thumbnailOf(bytes)
  const { width, height, data } = jpeg.decode(thumbnail, {
    useTArray: true,
    maxResolutionInMP: 1,
    maxMemoryUsageInMB: 64,
  })
  expect([width, height]).toEqual([180, 120])
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
  const shown = [at(60, 60), at(120, 60), at(3, 3)].map(colour => colour.map(value => Math.round(value / 64)))
  expect(shown).toEqual(colours.map(colour => colour.map(value => Math.round(value / 64))))
})
