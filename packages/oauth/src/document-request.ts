import { readTextWithin } from '@portico-mcp/core/internal'
import { getPinnedRequest, type PinnedRequest } from './pinned-request.ts'
import { getSystemLookup, isPublicAddress, type Lookup } from './public-host.ts'

/** A document that has not been validated. */
export interface LoadedDocument {
  text: string
  /** Seconds for which the document may be cached. */
  maxAgeSeconds: number
}

/**
 * Fetches the metadata document of a client.
 *
 * @throws Error if the host has no public address, or the response is not a document.
 */
export type DocumentReader = (url: string, signal: AbortSignal) => Promise<LoadedDocument>

/** Milliseconds that the request for a document may take. */
export const DOCUMENT_TIMEOUT_MS = 5000
// draft-00 §6.6 recommends 5 kB, but the documents of some well-known clients are larger.
const MAX_BYTES = 64 * 1024
// Static file servers often send JSON with another type. HTML is never accepted.
const TYPES =
  /^(|(application|text)\/([\w.-]+\+)?json|text\/plain|(application|binary)\/octet-stream)\s*(;|$)/i
const DEFAULT_MAX_AGE_SECONDS = 300
const LONGEST_MAX_AGE_SECONDS = 24 * 3600
const HEADERS = { accept: 'application/json', 'user-agent': 'portico' }

interface DocumentResponse {
  status: number
  headers: { get(name: string): string | null }
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null
}

/**
 * Creates the function that fetches documents.
 *
 * @param fetch - Used instead of the runtime's own request.
 * @param lookup - Resolves a host to the addresses that are checked. Undefined if the runtime has no resolver.
 * @param pinned - Connects to a checked address. Undefined if the runtime cannot do that.
 */
export function createDocumentReader(
  fetch: typeof globalThis.fetch | undefined,
  lookup: Lookup | undefined = getSystemLookup(),
  pinned: PinnedRequest | undefined = getPinnedRequest(),
): DocumentReader {
  const request = async (url: string, signal: AbortSignal): Promise<DocumentResponse> => {
    const addresses = lookup && (await resolvePublicAddresses(new URL(url).hostname, lookup))
    if (!fetch && pinned && addresses) return pinned(url, addresses, { headers: HEADERS, signal })
    const init = { redirect: 'manual', signal, headers: HEADERS, credentials: 'omit' } as RequestInit
    // Some runtimes require that `fetch` is called as a method of the global object.
    return fetch ? fetch(url, init) : globalThis.fetch(url, init)
  }
  return async (url, signal) => {
    const { status, headers, body } = await request(url, signal)
    const type = headers.get('content-type') ?? ''
    if (status !== 200 || !TYPES.test(type.trim())) {
      body?.cancel().catch(() => {})
      throw new Error(`The document has the status ${status} and the content type ${type || '(none)'}`)
    }
    const text = await readTextWithin({ body }, MAX_BYTES)
    if (text === undefined) throw new Error(`The document has more than ${MAX_BYTES} bytes`)
    return { text, maxAgeSeconds: readMaxAge(headers.get('cache-control')) }
  }
}

async function resolvePublicAddresses(hostname: string, lookup: Lookup): Promise<readonly string[]> {
  const addresses = await lookup(hostname)
  if (addresses.length === 0 || !addresses.every(isPublicAddress))
    throw new Error(`${hostname} has no public address, or a private one too`)
  return addresses
}

/** Reads the seconds for which a response may be cached (RFC 9111 §5.2). */
function readMaxAge(cacheControl: string | null): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl ?? '')) return 0
  const [, maxAge] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl ?? '') ?? []
  return Math.min(maxAge === undefined ? DEFAULT_MAX_AGE_SECONDS : Number(maxAge), LONGEST_MAX_AGE_SECONDS)
}
