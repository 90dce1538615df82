import { type Cipher, createCipher } from './cipher.ts'
import { digestText } from './digest.ts'
import type { Settings } from './settings.ts'

/** Where the browser is sent after the user has allowed the application. */
export interface ConsentOutcome {
  location: string
  cookies: readonly string[]
}

/** Records which consent pages were answered with "Allow", since that counts once. */
export interface AnsweredConsents {
  /**
   * Records the answer of a page. The step is atomic across all nodes.
   *
   * @param owner - The owner of the record, see `toRecordOwner`.
   * @returns `false` if the page was answered before.
   */
  add(page: string, owner: string): Promise<boolean>
  /** Removes the answer of a page again, because handling it failed. */
  remove(page: string): Promise<void>
  /** Stores where an answer led, for ten seconds: a double click submits the form twice. */
  saveOutcome(page: string, outcome: ConsentOutcome): Promise<void>
  /** Finds where an answer of the last ten seconds led. */
  findOutcome(page: string): Promise<ConsentOutcome | undefined>
}

// not shorter than the lifetime of a page
const TTL_MS = 600_000
const DOUBLE_CLICK_SECONDS = 10

/** Creates the records of answered consent pages in the store of a server. */
export function createAnsweredConsents({ stores, encryptionSecrets }: Settings): AnsweredConsents {
  const store = stores.transient
  const cipher: Cipher<ConsentOutcome> = createCipher(encryptionSecrets, 'consent outcome')
  const buildId = (page: string): string => `oauth-taken-consent-${digestText(page)}`
  return {
    add: async (page, owner) => store.createSession(buildId(page), {}, TTL_MS, owner),
    remove: async (page) => store.deleteSession(buildId(page)),
    async saveOutcome(page, outcome) {
      const id = buildId(page)
      await store.updateSession(id, { encrypted: await cipher.encrypt(id, outcome, DOUBLE_CLICK_SECONDS) })
    },
    async findOutcome(page) {
      const id = buildId(page)
      return cipher.decrypt(id, (await store.getSession(id))?.data?.encrypted)
    },
  }
}
