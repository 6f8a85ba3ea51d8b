/** Light, dark, or as the system has it; remembered where the browser allows it. */
import { useEffect, useState } from 'react'
import { remember, remembered } from './remembered.js'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const NAME = 'theme'

const chosenBefore = (): Theme => THEMES.find(theme => theme === remembered(NAME)) ?? 'system'

/** Puts the theme on the document; called before the first rendering, so that nothing flashes. */
export function applyTheme(theme: Theme = chosenBefore()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosenBefore)
  useEffect(() => applyTheme(theme), [theme])
  return [
    theme,
    next => {
      remember(NAME, next)
      setTheme(next)
    },
  ]
}
