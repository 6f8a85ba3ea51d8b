/** Text from a mail, with the characters that would mislead shown by their code points. */
import { revealed } from '../text.js'

export function Revealed({ text }: { text: string }) {
  const pieces = revealed(text)
  if (pieces.length === 1 && typeof pieces[0] === 'string') return text
  return (
    <bdi>
      {pieces.map((piece, n) =>
        typeof piece === 'string' ? (
          piece
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place
          <span key={n} className="code-point" title="A character that is not seen, or that reorders text">
            {piece.codePoint}
          </span>
        ),
      )}
    </bdi>
  )
}
