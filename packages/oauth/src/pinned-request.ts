/** An answer as far as it is needed. */
export interface PinnedAnswer {
  status: number
  headers: { get(name: string): string | null }
  body: ReadableStream<Uint8Array<ArrayBuffer>>
}

/**
 * Asks an https URL, and connects to one of the given addresses, whatever its host resolves to by then. The certificate
 * is checked against the host as usual. Redirects are not followed.
 */
export type PinnedRequest = (
  url: string,
  addresses: readonly string[],
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<PinnedAnswer>

/** What a runtime other than Node calls itself: their `node:https` may resolve the host again. */
const OTHER_RUNTIMES = ['Bun', 'Deno', 'WebSocketPair']

/** The request of Node; undefined on other runtimes. */
export function pinnedRequest(): PinnedRequest | undefined {
  const { process } = globalThis as { process?: Partial<NodeProcess> }
  if (!process?.getBuiltinModule || OTHER_RUNTIMES.some((name) => name in globalThis)) return undefined
  const https = process.getBuiltinModule('node:https')
  const { Readable } = process.getBuiltinModule('node:stream')
  return (url, addresses, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const options = { agent: false, lookup: lookupOf(addresses), headers, signal } as const
      const request = https.request(url, options, (answer) => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: { get: (name) => answer.headers[name]?.toString() ?? null },
          body: Readable.toWeb(answer) as ReadableStream<Uint8Array<ArrayBuffer>>,
        })
      })
      request.on('error', reject).end()
    })
}

interface NodeProcess {
  getBuiltinModule(id: 'node:https'): typeof import('node:https')
  getBuiltinModule(id: 'node:stream'): typeof import('node:stream')
}

/** Resolves any host to these addresses. */
const lookupOf =
  (addresses: readonly string[]): import('node:net').LookupFunction =>
  (_, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const [first] = found
    if (all) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
