/** Where something is yet to come, or did not come. */
import type { RequestError } from '../api.js'

export function Loading({ state, error }: { state: 'loading' | 'failed'; error?: RequestError }) {
  if (state === 'loading') return <p className="placeholder">Loading …</p>
  return (
    <div className="placeholder" role="alert">
      <strong>{error?.message}</strong>
      <p>{error?.fix}</p>
    </div>
  )
}
