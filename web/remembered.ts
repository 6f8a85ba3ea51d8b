/** What the browser remembers of this page between visits. A browser that keeps nothing is no reason to fail. */

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`maildouble.${name}`)
  } catch {
    return null
  }
}

/** Null forgets. */
export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`maildouble.${name}`)
    else localStorage.setItem(`maildouble.${name}`, value)
  } catch {
    // What was chosen holds until the page is closed.
  }
}
