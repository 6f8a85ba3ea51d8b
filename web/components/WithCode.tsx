/** Text with its `code` set as code. */
export function WithCode({ text }: { text: string }) {
  return text.split('`').map((piece, n) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place
    n % 2 === 1 ? <code key={n}>{piece}</code> : piece,
  )
}
