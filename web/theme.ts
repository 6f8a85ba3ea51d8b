/** Light, dark, or as the system has it; remembered where the browser allows it. */
import { useEffect, useState } from 'react'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'maildouble.theme'

function remembered(): Theme {
  try {
    return THEMES.find(theme => theme === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}

/** Puts the theme on the document; called before the first rendering, so that nothing flashes. */
export function applyTheme(theme: Theme = remembered()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(remembered)
  useEffect(() => applyTheme(theme), [theme])
  return [
    theme,
    next => {
      try {
        localStorage.setItem(KEY, next)
      } catch {
        // A browser that keeps nothing still shows what was chosen, until the page is closed.
      }
      setTheme(next)
    },
  ]
}
