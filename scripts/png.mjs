/**
 * Makes the PNG of a page smaller without changing a pixel (PNG specification, sections 5, 7 and 9). Browsers predict
 * each byte from its neighbours, which serves photographs; flat colours and letters that come again and again pack
 * better as they are. It reads what Chromium writes: 8 bits a channel, no interlacing.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE_BYTES = 8
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD_BYTES = 12
const BYTES_PER_PIXEL = { 2: 3, 6: 4 }

export function repack(png) {
  const header = { width: png.readUInt32BE(16), height: png.readUInt32BE(20), colourType: png[25] }
  const data = []
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length))
    at += length + CHUNK_OVERHEAD_BYTES
  }
  const rows = unfilter(inflateSync(Buffer.concat(data)), header)
  const beginning = png.subarray(0, SIGNATURE_BYTES + CHUNK_OVERHEAD_BYTES + png.readUInt32BE(SIGNATURE_BYTES))
  return Buffer.concat([beginning, chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

/** Puts the pixels in place of what was predicted of them; each row then says that nothing was. */
function unfilter(rows, { width, height, colourType }) {
  const step = BYTES_PER_PIXEL[colourType]
  const rowBytes = 1 + width * step
  for (let row = 0; row < height; row++) {
    const start = row * rowBytes
    const filter = rows[start]
    rows[start] = 0
    for (let at = start + 1; at < start + rowBytes; at++) {
      const left = at - step > start ? rows[at - step] : 0
      const up = row > 0 ? rows[at - rowBytes] : 0
      const corner = row > 0 && at - step > start ? rows[at - step - rowBytes] : 0
      rows[at] += PREDICTIONS[filter](left, up, corner)
    }
  }
  return rows
}

const PREDICTIONS = [
  () => 0,
  left => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const toLeft = Math.abs(up - corner)
    const toUp = Math.abs(left - corner)
    const toCorner = Math.abs(left + up - 2 * corner)
    if (toLeft <= toUp && toLeft <= toCorner) return left
    return toUp <= toCorner ? up : corner
  },
]

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
