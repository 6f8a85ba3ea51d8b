/** The fault of a remote handle. It stands alone, since its type is public: the types of the API's schemas must not come with it. */

/** What a remote handle can be told instead of an answer. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  /** `unreachable`, `lost`, `restarted`, `stranger`, or the stable code of the API's error. */
  readonly code: string
  /** What was wrong; `message` is this and the fix. */
  readonly problem: string
  /** What to do about it. */
  readonly fix: string
  /** The field of what was sent that is at fault, where the server names one. */
  readonly field: string | undefined

  constructor(code: string, problem: string, fix: string, { cause, field }: { cause?: unknown; field?: string } = {}) {
    // What the API says of a value is a clause; of the server, a sentence.
    super(`${problem}${/[.!?]$/.test(problem) ? '' : '.'} ${fix}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.problem = problem
    this.fix = fix
    this.field = field
  }
}
