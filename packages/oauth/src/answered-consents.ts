import { digestOf } from './digest.ts'
import { type Seal, sealFor } from './seal.ts'
import type { Settings } from './settings.ts'

/** Where an answer of the consent page sends the browser. */
export interface ConsentOutcome {
  location: string
  cookies: readonly string[]
}

/** Remembers which consent pages were answered with yes: each counts once. */
export interface AnsweredConsents {
  /**
   * Takes a page, in one step on all nodes.
   *
   * @param holder - Who the record counts for.
   * @returns `false` where it was taken before.
   */
  take(page: string, holder: string): Promise<boolean>
  /** Gives a page back that led nowhere. */
  release(page: string): Promise<void>
  /** Keeps where an answer led, for a few seconds: a double click sends the answer twice. */
  keep(page: string, outcome: ConsentOutcome): Promise<void>
  /** Where an answer of the last seconds led. */
  find(page: string): Promise<ConsentOutcome | undefined>
}

// no shorter than a page is good for
const TTL_MS = 600_000
const DOUBLE_CLICK_SECONDS = 10

export function answeredConsents({ stores, encryptionSecrets }: Settings): AnsweredConsents {
  const { passing } = stores
  const seal: Seal<ConsentOutcome> = sealFor(encryptionSecrets, 'consent outcome')
  const idOf = (page: string): string => `oauth-taken-consent-${digestOf(page)}`
  return {
    take: async (page, holder) => passing.createSession(idOf(page), {}, TTL_MS, holder),
    release: async (page) => passing.deleteSession(idOf(page)),
    async keep(page, outcome) {
      const id = idOf(page)
      await passing.updateSession(id, { sealed: await seal.seal(id, outcome, DOUBLE_CLICK_SECONDS) })
    },
    async find(page) {
      const id = idOf(page)
      return seal.open(id, (await passing.getSession(id))?.data?.sealed)
    },
  }
}
