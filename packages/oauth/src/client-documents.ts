import type { Client } from './client.ts'
import { readDocument } from './client-document.ts'
import { DOCUMENT_MS, type DocumentReader } from './document-request.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { within } from './within.ts'

/** Fetches the documents of applications whose client id is a URL. */
export interface ClientDocuments {
  /**
   * @param mayFetch - Asked before anything is fetched; throws to refuse.
   * @throws OAuthServerRefusal `bad-client-document` or `client-document-unreachable`.
   */
  find(clientId: string, mayFetch: () => Promise<void>): Promise<Client>
}

const MAX_KEPT = 1000
/** For how long a document that failed is not asked for again. */
const FAILURE_MS = 30_000

/**
 * Keeps documents for as long as their server says, failures for half a minute, and fetches a document once for all who
 * ask for it at once: what strangers send here must not become many requests to another server.
 *
 * @param read - Fetches a document.
 * @param schemes - Private-use schemes that redirect URIs may have.
 */
export function clientDocuments(read: DocumentReader, schemes: readonly string[]): ClientDocuments {
  // apart, so that addresses that strangers make up push no document out that is in use
  const kept = new Map<string, { client: Client; until: number }>()
  const failed = new Map<string, { refusal: OAuthServerRefusal; until: number }>()
  const loading = new Map<string, { client: Promise<Client>; until: number }>()

  async function load(clientId: string): Promise<Client> {
    try {
      const { text, age } = await within(DOCUMENT_MS, (signal) => read(clientId, signal))
      const client = readDocument(clientId, text, schemes)
      if (age > 0) keep(kept, clientId, { client, until: Date.now() + age * 1000 })
      return client
    } catch (cause) {
      const refusal =
        cause instanceof OAuthServerRefusal
          ? cause
          : new OAuthServerRefusal('client-document-unreachable', { cause })
      keep(failed, clientId, { refusal, until: Date.now() + FAILURE_MS })
      throw refusal
    }
  }

  /** What is known without a request. */
  function known(clientId: string): Client | undefined {
    const failure = current(failed, clientId)
    if (failure) throw failure.refusal
    return current(kept, clientId)?.client
  }

  /** Loads a document for all who ask for it at once. */
  async function share(clientId: string, mayFetch: () => Promise<void>): Promise<Client> {
    const client = mayFetch().then(() => load(clientId))
    // where a runtime ends the request that loads, its promise never settles: that blocks others no longer than this
    const entry = { client, until: Date.now() + 2 * DOCUMENT_MS }
    keep(loading, clientId, entry)
    try {
      return await client
    } finally {
      if (loading.get(clientId) === entry) loading.delete(clientId)
    }
  }

  return {
    async find(clientId, mayFetch) {
      const client = known(clientId)
      if (client) return client
      const first = current(loading, clientId)
      if (!first) return share(clientId, mayFetch)
      try {
        return await join(first)
      } catch (cause) {
        if (!isOwnLimit(cause)) throw cause
      }
      // the limit that ended the other request is not that of this one
      await mayFetch()
      const next = current(loading, clientId)
      return known(clientId) ?? (next ? join(next) : share(clientId, async () => {}))
    },
  }
}

/** Waits for what another request loads. */
async function join({ client }: { client: Promise<Client> }): Promise<Client> {
  try {
    return await within(2 * DOCUMENT_MS, () => client)
  } catch (cause) {
    if (cause instanceof OAuthServerRefusal) throw cause
    throw new OAuthServerRefusal('client-document-unreachable', { cause })
  }
}

const isOwnLimit = (cause: unknown): boolean =>
  cause instanceof OAuthServerRefusal &&
  (cause.reason === 'rate-limited' || cause.reason === 'store-unavailable')

function current<Entry extends { until: number }>(
  entries: Map<string, Entry>,
  key: string,
): Entry | undefined {
  const entry = entries.get(key)
  if (entry && entry.until > Date.now()) return entry
  entries.delete(key)
  return undefined
}

function keep<Entry>(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.delete(key)
  entries.set(key, entry)
  if (entries.size > MAX_KEPT) entries.delete(entries.keys().next().value as string)
}
