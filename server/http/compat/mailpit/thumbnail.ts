/// <reference path="./image-libraries.d.ts" />
/**
 * Thumbnails of PNG and JPEG: 180 by 120, as a JPEG; white where there is no image, or one of another
 * kind or too large to decode at once. What is larger than that is cut in its middle, what is smaller stands there as it is.
 */
import { rasterTypeOf } from '../../../mail/content.js'

const WIDTH = 180
const HEIGHT = 120
const QUALITY = 70
/** Pixels and bytes of an image that is read: it is decoded in one go, and nobody is to wait for that. */
const MAX_PIXELS = 300_000
const MAX_BYTES = 128 * 1024
/** What a decoder may take meanwhile. */
const MAX_MEGABYTES = 64
const WHITE = 255

/** RGBA, four bytes a pixel. */
interface Pixels {
  width: number
  height: number
  data: Uint8Array
}

/** The thumbnail of a part. */
export async function thumbnailOf(bytes: Buffer): Promise<Buffer> {
  // Loaded when the first thumbnail is asked for.
  const { default: jpeg } = await import('jpeg-js')
  const image = await read(bytes).catch(() => undefined)
  if (image) return jpeg.encode(scaled(image), QUALITY).data
  nothing ??= jpeg.encode(blank(), QUALITY).data
  return nothing
}

/** What is shown where there is nothing, made once. */
let nothing: Buffer | undefined

async function read(bytes: Buffer): Promise<Pixels | undefined> {
  if (bytes.length > MAX_BYTES) return undefined
  switch (rasterTypeOf(bytes)) {
    case 'image/png': {
      // The first chunk says how large it is (W3C PNG 11.2.1).
      if (bytes.length < 24 || bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MAX_PIXELS) return undefined
      const { default: pngjs } = await import('pngjs')
      return pngjs.PNG.sync.read(bytes)
    }
    case 'image/jpeg': {
      const { default: jpeg } = await import('jpeg-js')
      const bounds = { maxResolutionInMP: MAX_PIXELS / 1_000_000, maxMemoryUsageInMB: MAX_MEGABYTES }
      return jpeg.decode(bytes, { useTArray: true, ...bounds })
    }
    default:
      return undefined
  }
}

function blank(): Pixels {
  return { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 4).fill(WHITE) }
}

function scaled(image: Pixels): Pixels {
  const isSmall = image.width < WIDTH || image.height < HEIGHT
  const ratios = [image.width / WIDTH, image.height / HEIGHT]
  // Pixels of the image for one of the thumbnail, each way.
  const step = isSmall ? Math.max(1, ...ratios) : Math.min(...ratios)
  const left = (image.width - WIDTH * step) / 2
  const top = (image.height - HEIGHT * step) / 2
  const thumbnail = blank()
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const average = averageOf(image, left + x * step, top + y * step, step)
      if (average) thumbnail.data.set(average, (y * WIDTH + x) * 4)
    }
  }
  return thumbnail
}

/** The colour of a square of the image on white; undefined beside the image. */
function averageOf({ width, height, data }: Pixels, left: number, top: number, step: number): number[] | undefined {
  const fromX = Math.max(0, Math.floor(left))
  const fromY = Math.max(0, Math.floor(top))
  const toX = Math.min(width, Math.max(fromX + 1, Math.floor(left + step)))
  const toY = Math.min(height, Math.max(fromY + 1, Math.floor(top + step)))
  if (left + step <= 0 || top + step <= 0 || fromX >= toX || fromY >= toY) return undefined
  let red = 0
  let green = 0
  let blue = 0
  for (let y = fromY; y < toY; y++) {
    for (let x = fromX; x < toX; x++) {
      const at = (y * width + x) * 4
      const alpha = (data[at + 3] as number) / WHITE
      red += WHITE + ((data[at] as number) - WHITE) * alpha
      green += WHITE + ((data[at + 1] as number) - WHITE) * alpha
      blue += WHITE + ((data[at + 2] as number) - WHITE) * alpha
    }
  }
  const count = (toX - fromX) * (toY - fromY)
  return [red / count, green / count, blue / count, WHITE]
}
