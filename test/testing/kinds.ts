/** Both kinds of handle, for tables that run over them: what holds for one has to hold for the other. */
import { connectMaildouble, type MailHandle, type OptionsInput, startMaildouble } from '../../server/index.js'

/** A handle, and the way to end it together with its server. */
export interface Opened {
  mail: MailHandle
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

function opened(mail: MailHandle, close: () => Promise<void>): Opened {
  return { mail, close, [Symbol.asyncDispose]: close }
}

type Open = (options?: OptionsInput) => Promise<Opened>

const inProcess: Open = async options => {
  const mail = await startMaildouble(options)
  return opened(mail, () => mail.stop())
}

const remote: Open = async options => {
  const server = await startMaildouble(options)
  const mail = await connectMaildouble(server.url)
  return opened(mail, async () => {
    await mail.stop()
    await server.stop()
  })
}

export const KINDS: [kind: string, open: Open][] = [
  ['in this process', inProcess],
  ['behind HTTP', remote],
]
