/**
 * HTML as it looks in clients that recolour a mail for the dark without asking it. Each does so by rules of its own, none
 * of which is published; turning every colour round and pictures back is near to most, and is no more than that.
 */

/** Contrast gives way a little, as it does there: nothing becomes wholly black. */
const RECOLOURING = `<style>
html { min-height: 100%; background: #fff; filter: invert(1) hue-rotate(180deg) contrast(0.86) !important; }
img, video, [background], [style*="url("] { filter: invert(1) hue-rotate(180deg) !important; }
[background] img, [style*="url("] img { filter: none !important; }
</style>`

/** What may stand before the first element. Behind it, the style sheet changes no document's mode. */
const PROLOGUE = /^(?:\s+|<!--[\s\S]*?-->|<!doctype[^>]*>)*/i

/** Takes HTML that is shown by its own light rules. */
export function forcedDark(html: string): string {
  const at = PROLOGUE.exec(html)?.[0].length ?? 0
  return html.slice(0, at) + RECOLOURING + html.slice(at)
}
