/**
 * Long regular expressions, written one alternative a line: words in many languages, pieces of CSS. What is written
 * with them runs over mail of strangers, so no alternative may take more than linear time.
 */

/** A pattern of alternatives, each as `String.raw` or a plain string. */
export function anyOf(flags: string, ...alternatives: string[]): RegExp {
  return new RegExp(alternatives.join('|'), flags)
}
