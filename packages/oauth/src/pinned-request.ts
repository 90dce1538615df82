/** The parts of a response that are needed. */
export interface PinnedResponse {
  status: number
  headers: { get(name: string): string | null }
  body: ReadableStream<Uint8Array<ArrayBuffer>>
}

/**
 * Requests an https URL from one of the given addresses, even if its host resolves to others meanwhile. The certificate is
 * checked against the host as usual. Redirects are not followed.
 */
export type PinnedRequest = (
  url: string,
  addresses: readonly string[],
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<PinnedResponse>

/** Global names of other runtimes. Their `node:https` may ignore `lookup` and resolve the host again. */
const OTHER_RUNTIMES = ['Bun', 'Deno', 'WebSocketPair']

/** Returns the request function of Node; undefined on other runtimes. */
export function getPinnedRequest(): PinnedRequest | undefined {
  const { process } = globalThis as { process?: Partial<NodeProcess> }
  if (!process?.getBuiltinModule || OTHER_RUNTIMES.some((name) => name in globalThis)) return undefined
  const https = process.getBuiltinModule('node:https')
  const { Readable } = process.getBuiltinModule('node:stream')
  return (url, addresses, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const options = { agent: false, lookup: createLookup(addresses), headers, signal } as const
      const request = https.request(url, options, (response) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: { get: (name) => response.headers[name]?.toString() ?? null },
          body: Readable.toWeb(response) as ReadableStream<Uint8Array<ArrayBuffer>>,
        })
      })
      request.on('error', reject).end()
    })
}

interface NodeProcess {
  getBuiltinModule(id: 'node:https'): typeof import('node:https')
  getBuiltinModule(id: 'node:stream'): typeof import('node:stream')
}

/** Creates a lookup that resolves any host to these addresses. */
const createLookup =
  (addresses: readonly string[]): import('node:net').LookupFunction =>
  (_, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const [first] = found
    if (all) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
