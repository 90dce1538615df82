import type { JSONRPCRequest, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { invalidParams } from '../http/errors.ts'
import { isObject } from '../utils/type-guards.ts'

const LISTS = ['tools', 'prompts', 'resources'] as const

// The limits are those of sessions: a stream keeps its filter for as long as it is open.
const MAX_URIS = 1000
const MAX_URI_LENGTH = 2048
const MAX_URI_BYTES = 60_000

/** The changes that a client listens to (2026-07-28 subscriptions). */
export interface SubscriptionFilter {
  toolsListChanged?: boolean
  promptsListChanged?: boolean
  resourcesListChanged?: boolean
  resourceSubscriptions?: string[]
}

/** @throws Refusal `invalid-params` if the value is not a filter, or names too many resources. */
export function readFilter({ params }: JSONRPCRequest): SubscriptionFilter {
  const filter = params?.notifications
  if (isObject(filter)) {
    const { resourceSubscriptions: uris = [] } = filter
    const areFlags = LISTS.every((list) => typeof (filter[`${list}ListChanged`] ?? false) === 'boolean')
    if (areFlags && Array.isArray(uris) && uris.every((uri) => typeof uri === 'string')) {
      checkUris(uris)
      return filter
    }
  }
  throw invalidParams('params.notifications must be a SubscriptionFilter')
}

function checkUris(uris: readonly string[]): void {
  if (uris.length > MAX_URIS) throw invalidParams(`resourceSubscriptions has more than ${MAX_URIS} URIs`)
  if (uris.some(({ length }) => length > MAX_URI_LENGTH)) {
    throw invalidParams(`resourceSubscriptions has a URI of more than ${MAX_URI_LENGTH} characters`)
  }
  if (new TextEncoder().encode(uris.join('')).length > MAX_URI_BYTES) {
    throw invalidParams(`resourceSubscriptions is larger than ${MAX_URI_BYTES} bytes`)
  }
}

/** Returns the part of a filter that the server's capabilities allow, and its topics. */
export function honor(
  filter: SubscriptionFilter,
  capabilities: ServerCapabilities,
): [SubscriptionFilter, string[]] {
  const honored: SubscriptionFilter = {}
  const topics: string[] = []
  for (const list of LISTS) {
    const flag = `${list}ListChanged` as const
    if (!filter[flag] || !capabilities[list]?.listChanged) continue
    honored[flag] = true
    topics.push(toTopic({ kind: `${list}_list_changed` }))
  }
  const uris = [...new Set(filter.resourceSubscriptions)]
  if (uris.length > 0 && capabilities.resources?.subscribe) {
    honored.resourceSubscriptions = uris
    for (const uri of uris) topics.push(toTopic({ kind: 'resource_updated', uri }))
  }
  return [honored, topics]
}

/** Returns the topic under which an event is published. */
export const toTopic = ({
  kind,
  uri = '',
  topic = uri,
}: {
  kind: string
  uri?: string
  topic?: string
}): string => `${kind} ${topic}`
