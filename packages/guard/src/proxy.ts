import { isWithin, parseAddress, parseCidr } from './address.ts'
import { callOption } from './user-function.ts'

/**
 * The proxies whose `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` headers are trusted:
 *
 * - a number of proxies in front of the server, whatever their addresses. Use it only if clients cannot reach the server
 *   without passing them
 * - IP addresses and CIDR ranges of proxies
 * - a function that gets each address, starting with that of the socket, and returns whether it is a proxy
 *
 * Ranges and functions need `clientAddress`, which adapters set. If it is unknown, no proxy is trusted.
 */
export type TrustProxy = number | readonly string[] | ((address: string) => boolean)

/** The client of a request, as described by the trusted proxies. */
export interface Client {
  /** Its IP address, if known. */
  address: string | undefined
  /** The `Host` that it requested, from a trusted proxy. */
  host?: string
  /** The scheme of its connection, from a trusted proxy. */
  scheme?: 'http' | 'https'
}

/** Finds the client of a request. Throws a `GuardRefusal` if the function of `trustProxy` throws. */
export type FindClient = (request: Request, socketAddress: unknown) => Client

/**
 * Creates a function that finds the client of a request.
 *
 * @throws TypeError if a range is malformed.
 * @throws RangeError if a number of proxies is not an integer of 0 or more.
 */
export function clientFinder(trust: TrustProxy | undefined): FindClient {
  const isTrusted = createTrust(trust)
  return ({ headers }, socketAddress) => {
    const socket = typeof socketAddress === 'string' ? parseAddress(socketAddress) : undefined
    if (!isTrusted(socket, 0)) return { address: socket }
    const scheme = readLast(headers.get('x-forwarded-proto'))?.toLowerCase()
    return {
      address: findAddress(socket, headers.get('x-forwarded-for'), isTrusted),
      host: readLast(headers.get('x-forwarded-host')),
      ...((scheme === 'http' || scheme === 'https') && { scheme }),
    }
  }
}

type IsTrusted = (address: string | undefined, hop: number) => boolean

function createTrust(trust: TrustProxy | undefined): IsTrusted {
  if (trust === undefined) return () => false
  if (typeof trust === 'number') {
    if (!Number.isSafeInteger(trust) || trust < 0) throw new RangeError('trustProxy: hops are 0 or more')
    return (_, hop) => hop < trust
  }
  if (typeof trust === 'function') {
    return (address) => address !== undefined && callOption('trustProxy', () => trust(address)) === true
  }
  const ranges = trust.map(parseCidr)
  return (address) => address !== undefined && ranges.some((range) => isWithin(address, range))
}

// Each proxy appends the address that it got the request from. The walk goes from the socket to the first address that
// is
// not a trusted proxy.
function findAddress(
  socket: string | undefined,
  forwarded: string | null,
  isTrusted: IsTrusted,
): string | undefined {
  const entries = forwarded?.split(',').reverse() ?? []
  let address = socket
  for (const [hop, entry] of entries.entries()) {
    if (!isTrusted(address, hop)) break
    const next = parseAddress(entry.trim())
    if (next === undefined) break
    address = next
  }
  return address
}

// The last entry was written by the proxy next to this server. Clients can forge the entries before it.
const readLast = (list: string | null): string | undefined => list?.split(',').pop()?.trim() || undefined
