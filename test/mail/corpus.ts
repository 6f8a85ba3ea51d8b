/** The corpus: small mails, each broken or unusual in one way that its name says. */
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./corpus/', import.meta.url)

export const corpus: { name: string; raw: Buffer }[] = readdirSync(folder)
  .filter(file => file.endsWith('.eml'))
  .map(file => ({ name: file.replace(/\.eml$/, ''), raw: readFileSync(new URL(file, folder)) }))

export function mailOf(name: string): Buffer {
  const mail = corpus.find(entry => entry.name === name)
  if (!mail) throw new Error(`There is no ${name}.eml in the corpus.`)
  return mail.raw
}
