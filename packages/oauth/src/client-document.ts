import { type Client, cleanName } from './client.ts'
import { readClientMetadata, withoutNulls } from './client-metadata.ts'
import { isPublicAddress, isPublicName, type Lookup, systemLookup } from './public-host.ts'
import { readText } from './read-body.ts'
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

const MAX_ID = 512
// draft-00 §6.6 recommends 5 kB, which documents of real applications exceed
const MAX_BYTES = 64 * 1024
// servers of static files often do not know that a document is JSON; a page is never one
const TYPES =
  /^(|(application|text)\/([\w.-]+\+)?json|text\/plain|(application|binary)\/octet-stream)\s*(;|$)/i
const TIMEOUT_MS = 5000
const MAX_KEPT = 1000
const DEFAULT_AGE = 300
const MAX_AGE = 24 * 3600

/** Whether a client id is the URL of a document (draft-00 §3): https, with a path, and nothing that hides where it leads. */
export function isDocumentUrl(clientId: string): boolean {
  if (clientId.length > MAX_ID || !/^https:\/\/[\x21-\x7e]+$/.test(clientId) || !URL.canParse(clientId))
    return false
  const { href, pathname, username, password, port, hostname } = new URL(clientId)
  const isPlain = !username && !password && !/[@#\\]/.test(clientId) && port === ''
  // whatever a URL would be tidied to is another name
  return isPlain && href === clientId && pathname !== '/' && !/%2e/i.test(pathname) && isPublicName(hostname)
}

export function clientDocuments({
  fetch,
  schemes,
  lookup = systemLookup(),
}: {
  fetch: typeof globalThis.fetch
  schemes: readonly string[]
  lookup?: Lookup
}): ClientDocuments {
  // in the order of use
  const kept = new Map<string, { client: Client; until: number }>()

  async function checkAddresses(hostname: string): Promise<void> {
    if (!lookup) return
    const addresses = await lookup(hostname)
    if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw new Error('Not a public address')
  }

  async function load(clientId: string, signal: AbortSignal): Promise<{ text: string; age: number }> {
    await checkAddresses(new URL(clientId).hostname)
    const response = await fetch(clientId, {
      redirect: 'manual',
      signal,
      headers: { accept: 'application/json' },
      credentials: 'omit',
    } as RequestInit)
    const type = response.headers.get('content-type') ?? ''
    if (response.status !== 200 || !TYPES.test(type.trim())) {
      response.body?.cancel().catch(() => {})
      throw new Error(`It answered ${response.status} with ${type || 'no type'}`)
    }
    const text = await readText(response, MAX_BYTES)
    if (text === undefined) throw new Error('It is too large')
    return { text, age: ageOf(response.headers.get('cache-control')) }
  }

  return {
    async find(clientId, mayFetch) {
      const known = kept.get(clientId)
      if (known && known.until > Date.now()) return known.client
      kept.delete(clientId)
      await mayFetch()
      let loaded: { text: string; age: number }
      try {
        loaded = await within(TIMEOUT_MS, (signal) => load(clientId, signal))
      } catch (cause) {
        throw new OAuthServerRefusal('client-document-unreachable', { cause })
      }
      const client = readDocument(clientId, loaded.text, schemes)
      if (loaded.age > 0) kept.set(clientId, { client, until: Date.now() + loaded.age * 1000 })
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value as string)
      return client
    },
  }
}

/** @throws OAuthServerRefusal `bad-client-document` */
function readDocument(clientId: string, text: string, schemes: readonly string[]): Client {
  const document = parse(text)
  if (document.client_id !== clientId) throw bad('Its client_id must be the URL that it is at')
  if (Object.keys(document).some((name) => name.startsWith('client_secret'))) {
    throw bad('It must not have a client_secret')
  }
  if (cleanName(document.client_name) === '') throw bad('Its client_name is missing')
  try {
    const { clientName, redirectUris, refreshes } = readClientMetadata(document, schemes, 'document')
    return { kind: 'document', clientId, clientName, redirectUris, refreshes }
  } catch (cause) {
    throw bad((cause as Error).message, cause)
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return withoutNulls(JSON.parse(text))
  } catch (cause) {
    throw bad('It must be a JSON object', cause)
  }
}

const bad = (hint: string, cause?: unknown): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-document', { hint, cause })

/** Seconds for which an answer may be kept (RFC 9111 §5.2). */
function ageOf(cacheControl: string | null): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl ?? '')) return 0
  const [, age] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl ?? '') ?? []
  return Math.min(age === undefined ? DEFAULT_AGE : Number(age), MAX_AGE)
}
