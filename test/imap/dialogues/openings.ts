/** How dialogues begin, and what is there. */
import { makeStore } from '../../mail/make.js'

/** The UIDVALIDITY of every dialogue. */
export const VALIDITY = makeStore().epoch.time

/** 60, 61 and 65 octets. */
export const ONE = 'From: a@b.test\\r\\nTo: ada@example.test\\r\\nSubject: one\\r\\n\\r\\nOne.\\r\\n'
export const TWO = 'From: a@b.test\\r\\nTo: ada@example.test\\r\\nSubject: two!\\r\\n\\r\\nTwo.\\r\\n'
export const THREE = 'From: a@b.test\\r\\nTo: ada@example.test\\r\\nSubject: three!\\r\\n\\r\\nThree.\\r\\n'
export const MAILS = [ONE, TWO, THREE]

export const BEFORE =
  'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2 AUTH=OAUTHBEARER ID NAMESPACE IDLE UNSELECT UIDPLUS MOVE CHILDREN SPECIAL-USE'
export const AFTER = 'IMAP4rev1 LITERAL+ ID NAMESPACE IDLE UNSELECT UIDPLUS MOVE CHILDREN SPECIAL-USE'

export const GREETING = `S: * OK [CAPABILITY ${BEFORE}] double.test IMAP maildouble`
export const LOGGED_IN = [GREETING, 'C: l LOGIN ada pw', `S: l OK [CAPABILITY ${AFTER}] Logged in`]

const FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'

/** What SELECT answers of a mailbox. */
export function selected(
  tag: string,
  { exists = 3, recent = 3, unseen = 1, next = 4, readOnly = false, keywords = '' } = {},
): string[] {
  return [
    `S: * FLAGS (${FLAGS}${keywords})`,
    `S: * ${exists} EXISTS`,
    `S: * ${recent} RECENT`,
    ...(unseen > 0 ? [`S: * OK [UNSEEN ${unseen}] *`] : []),
    `S: * OK [UIDVALIDITY ${VALIDITY}] *`,
    `S: * OK [UIDNEXT ${next}] *`,
    `S: * OK [PERMANENTFLAGS (${readOnly ? '' : `${FLAGS}${keywords} \\*`})] *`,
    `S: ${tag} OK [READ-${readOnly ? 'ONLY' : 'WRITE'}] *`,
  ]
}

export const SELECTED = [...LOGGED_IN, 'C: s SELECT INBOX', ...selected('s')]
