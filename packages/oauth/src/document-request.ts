import { readTextWithin } from '@portico-mcp/core/internal'
import { type PinnedRequest, pinnedRequest } from './pinned-request.ts'
import { isPublicAddress, type Lookup, systemLookup } from './public-host.ts'

/** A document as it came, and the seconds for which it may be kept. */
export interface LoadedDocument {
  text: string
  age: number
}

/** Fetches the document of an application. @throws for what is no such document, or at no public address. */
export type DocumentReader = (url: string, signal: AbortSignal) => Promise<LoadedDocument>

/** Milliseconds that a document may take. */
export const DOCUMENT_MS = 5000
// draft-00 §6.6 recommends 5 kB, which documents of real applications exceed
const MAX_BYTES = 64 * 1024
// servers of static files often do not know that a document is JSON; a page is never one
const TYPES =
  /^(|(application|text)\/([\w.-]+\+)?json|text\/plain|(application|binary)\/octet-stream)\s*(;|$)/i
const DEFAULT_AGE = 300
const MAX_AGE = 24 * 3600
const HEADERS = { accept: 'application/json', 'user-agent': 'portico' }

interface Asked {
  status: number
  headers: { get(name: string): string | null }
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null
}

/**
 * @param fetch - Used instead of a request of the runtime, which connects to an address that was checked where the
 *   runtime can do that, as Node can.
 * @param lookup - Resolves a host to the addresses that are checked; none where the runtime has no resolver.
 */
export function documentReader(
  fetch: typeof globalThis.fetch | undefined,
  lookup: Lookup | undefined = systemLookup(),
  pinned: PinnedRequest | undefined = pinnedRequest(),
): DocumentReader {
  const ask = async (url: string, signal: AbortSignal): Promise<Asked> => {
    const addresses = lookup && (await publicAddresses(new URL(url).hostname, lookup))
    if (!fetch && pinned && addresses) return pinned(url, addresses, { headers: HEADERS, signal })
    const init = { redirect: 'manual', signal, headers: HEADERS, credentials: 'omit' } as RequestInit
    // a runtime may want to be called as its own
    return fetch ? fetch(url, init) : globalThis.fetch(url, init)
  }
  return async (url, signal) => {
    const { status, headers, body } = await ask(url, signal)
    const type = headers.get('content-type') ?? ''
    if (status !== 200 || !TYPES.test(type.trim())) {
      body?.cancel().catch(() => {})
      throw new Error(`It answered ${status} with ${type || 'no type'}`)
    }
    const text = await readTextWithin({ body }, MAX_BYTES)
    if (text === undefined) throw new Error('It is too large')
    return { text, age: ageOf(headers.get('cache-control')) }
  }
}

async function publicAddresses(hostname: string, lookup: Lookup): Promise<readonly string[]> {
  const addresses = await lookup(hostname)
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw new Error('Not a public address')
  return addresses
}

/** Seconds for which an answer may be kept (RFC 9111 §5.2). */
function ageOf(cacheControl: string | null): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl ?? '')) return 0
  const [, age] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl ?? '') ?? []
  return Math.min(age === undefined ? DEFAULT_AGE : Number(age), MAX_AGE)
}
