import type { Client } from './client.ts'
import { readClientDocument } from './client-document.ts'
import { DOCUMENT_TIMEOUT_MS, type DocumentReader } from './document-request.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { withTimeout } from './with-timeout.ts'

const MAX_ENTRIES = 1000
/** Milliseconds for which a document that could not be fetched is not requested again. */
const FAILURE_TTL_MS = 30_000

interface Timed {
  /** Milliseconds since 1970. */
  until: number
}

/**
 * Finds clients whose client id is the URL of their metadata document. Documents are cached for as long as their server
 * allows, failures for half a minute, and parallel requests share a fetch: anybody can name a URL, and must not make this
 * server send many requests there.
 */
export class ClientDocuments {
  readonly #read: DocumentReader
  readonly #schemes: readonly string[]
  readonly #cached = new Map<string, Timed & { client: Client }>()
  // Failures are stored separately, so that invented URLs do not push out documents that are in use.
  readonly #failed = new Map<string, Timed & { refusal: OAuthServerRefusal }>()
  readonly #loading = new Map<string, Timed & { client: Promise<Client> }>()

  /**
   * @param read - Fetches a document.
   * @param schemes - The private-use schemes that redirect URIs may have.
   */
  constructor(read: DocumentReader, schemes: readonly string[]) {
    this.#read = read
    this.#schemes = schemes
  }

  /**
   * Finds a client.
   *
   * @param checkLimit - Called before the document is fetched. It throws to prevent that.
   * @throws OAuthServerRefusal `bad-client-document` or `client-document-unreachable`, or what `checkLimit` throws.
   */
  async find(clientId: string, checkLimit: () => Promise<void>): Promise<Client> {
    const client = this.#findCached(clientId)
    if (client) return client
    const first = getEntry(this.#loading, clientId)
    if (!first) return this.#loadShared(clientId, checkLimit)
    try {
      return await waitForOther(first)
    } catch (cause) {
      if (!isOwnLimit(cause)) throw cause
    }
    // The rate limit that refused the other request does not apply to this one.
    await checkLimit()
    const next = getEntry(this.#loading, clientId)
    const cached = this.#findCached(clientId)
    return cached ?? (next ? waitForOther(next) : this.#loadShared(clientId, async () => {}))
  }

  /** Finds a client without a request. @throws OAuthServerRefusal if the last request failed. */
  #findCached(clientId: string): Client | undefined {
    const failure = getEntry(this.#failed, clientId)
    if (failure) throw failure.refusal
    return getEntry(this.#cached, clientId)?.client
  }

  /** Loads a document, and lets parallel requests wait for it. */
  async #loadShared(clientId: string, checkLimit: () => Promise<void>): Promise<Client> {
    const client = checkLimit().then(() => this.#load(clientId))
    // If workerd ends the request that loads, the promise never settles. The time limit lets a later request load again.
    const entry = { client, until: Date.now() + 2 * DOCUMENT_TIMEOUT_MS }
    setEntry(this.#loading, clientId, entry)
    try {
      return await client
    } finally {
      if (this.#loading.get(clientId) === entry) this.#loading.delete(clientId)
    }
  }

  async #load(clientId: string): Promise<Client> {
    try {
      const { text, maxAgeSeconds } = await withTimeout(DOCUMENT_TIMEOUT_MS, (signal) =>
        this.#read(clientId, signal),
      )
      const client = readClientDocument(clientId, text, this.#schemes)
      const until = Date.now() + maxAgeSeconds * 1000
      if (maxAgeSeconds > 0) setEntry(this.#cached, clientId, { client, until })
      return client
    } catch (cause) {
      const refusal = toDocumentRefusal(cause)
      setEntry(this.#failed, clientId, { refusal, until: Date.now() + FAILURE_TTL_MS })
      throw refusal
    }
  }
}

/** Waits for the document that another request loads. */
async function waitForOther({ client }: { client: Promise<Client> }): Promise<Client> {
  try {
    return await withTimeout(2 * DOCUMENT_TIMEOUT_MS, () => client)
  } catch (cause) {
    throw toDocumentRefusal(cause)
  }
}

const toDocumentRefusal = (cause: unknown): OAuthServerRefusal =>
  cause instanceof OAuthServerRefusal
    ? cause
    : new OAuthServerRefusal('client-document-unreachable', { cause })

const isOwnLimit = (cause: unknown): boolean =>
  cause instanceof OAuthServerRefusal &&
  (cause.reason === 'rate-limited' || cause.reason === 'store-unavailable')

function getEntry<Entry extends Timed>(entries: Map<string, Entry>, key: string): Entry | undefined {
  const entry = entries.get(key)
  if (entry && entry.until > Date.now()) return entry
  entries.delete(key)
  return undefined
}

function setEntry<Entry>(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.delete(key)
  entries.set(key, entry)
  if (entries.size > MAX_ENTRIES) entries.delete(entries.keys().next().value as string)
}
