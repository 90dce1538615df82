import { isWithin, parseAddress, parseCidr } from './address.ts'
import { callOption } from './user-function.ts'

/**
 * Whose `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` count:
 *
 * - a number, how many proxies stand in front, whatever their addresses. Only where nobody gets to the
 *   server past them
 * - IP addresses and CIDR ranges of proxies
 * - a function, asked about each address from the socket's outwards
 *
 * Ranges and functions need `clientAddress`, which adapters set; where it is unknown nobody is trusted.
 */
export type TrustProxy = number | readonly string[] | ((address: string) => boolean)

/** What is known of the client of a request, past the proxies that are trusted. */
export interface Client {
  /** Its IP address, where it is known. */
  address: string | undefined
  /** The `Host` that it asked for, as a trusted proxy tells. */
  host?: string
  /** How it connected, as a trusted proxy tells. */
  scheme?: 'http' | 'https'
}

/** Finds the client of a request; throws a `GuardRefusal` where a function that is asked does. */
export type FindClient = (request: Request, socketAddress: unknown) => Client

/** @throws TypeError or RangeError for what nothing can be trusted by. */
export function clientFinder(trust: TrustProxy | undefined): FindClient {
  const isTrusted = trustOf(trust)
  return ({ headers }, socketAddress) => {
    const socket = typeof socketAddress === 'string' ? parseAddress(socketAddress) : undefined
    if (!isTrusted(socket, 0)) return { address: socket }
    const scheme = last(headers.get('x-forwarded-proto'))?.toLowerCase()
    return {
      address: walk(socket, headers.get('x-forwarded-for'), isTrusted),
      host: last(headers.get('x-forwarded-host')),
      ...((scheme === 'http' || scheme === 'https') && { scheme }),
    }
  }
}

type IsTrusted = (address: string | undefined, hop: number) => boolean

function trustOf(trust: TrustProxy | undefined): IsTrusted {
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

// from the socket outwards, for as long as whoever wrote the entry is trusted
function walk(
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

// what the proxy next to this server wrote; what stands before it may come from anywhere
const last = (list: string | null): string | undefined => list?.split(',').pop()?.trim() || undefined
