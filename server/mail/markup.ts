/** HTML written by hand, in which whatever is put in is text unless it was made here, too. Pure. */

/** HTML, as against text. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

type Piece = Markup | string | number | readonly Markup[]

/** A template of HTML; text that is put in is escaped, within quoted attributes, too. */
export function markup(pieces: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  const written = pieces.map((piece, n) => piece + (n < values.length ? write(values[n] as Piece) : ''))
  return new Markup(written.join(''))
}

function write(piece: Piece): string {
  if (piece instanceof Markup) return piece.html
  return typeof piece === 'object' ? piece.map(write).join('') : escapeHtml(String(piece))
}

/** Text as HTML, also within an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
