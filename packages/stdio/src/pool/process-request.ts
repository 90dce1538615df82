import { isObject } from '@portico-mcp/core/internal'
import type { StdioShare } from '../options.ts'
import type { LeaseRequest } from '../relay/upstream-source.ts'
import type { Launch } from './launch.ts'

/** A request for the use of a process. */
export interface ProcessRequest extends LeaseRequest {
  readonly launch: Launch
  /** The key of the caller; `''` for an anonymous one. */
  readonly caller: string
  /** The same for clients that a server cannot tell apart. */
  readonly clientKey: string
}

/** Completes the request of a relay. */
export function createProcessRequest(request: LeaseRequest, launch: Launch, caller: string): ProcessRequest {
  const clientKey = `${launch.key} ${JSON.stringify(sorted(request.client.capabilities))}`
  return { ...request, launch, caller, clientKey }
}

/** Returns the key by which requests share a process; undefined for a request that gets its own. */
export function sharedKeyOf(
  { ownVersion, caller, clientKey }: ProcessRequest,
  share: StdioShare,
): string | undefined {
  if (ownVersion !== undefined || share === 'none') return undefined
  return JSON.stringify([share === 'all' ? '' : caller, clientKey])
}

/** Returns a value with the members of its objects in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}
