/** What thumbnail.ts uses of two libraries: pngjs has no types of its own, and those of jpeg-js say more than is so. */
declare module 'jpeg-js' {
  interface Pixels {
    width: number
    height: number
    data: Uint8Array
  }
  interface DecodeOptions {
    useTArray: true
    maxResolutionInMP: number
    maxMemoryUsageInMB: number
  }
  const jpeg: {
    decode(bytes: Uint8Array, options: DecodeOptions): Pixels
    encode(pixels: Pixels, quality: number): { data: Buffer }
  }
  export default jpeg
}

declare module 'pngjs' {
  const pngjs: { PNG: { sync: { read(bytes: Buffer): { width: number; height: number; data: Buffer } } } }
  export default pngjs
}
