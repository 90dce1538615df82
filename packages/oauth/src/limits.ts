import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { type Bucket, InMemoryRateLimitStore, type RateLimitStore, rateLimit } from '@portico-mcp/guard'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'

/** Limits what a stranger, by its address, can make the server keep, fetch or sign. */
export type Limits = Record<
  'registration' | 'document' | 'signIn',
  /** @throws OAuthServerRefusal `rate-limited`, or `store-unavailable` */
  (request: Request, given: McpHandlerRequestOptions) => Promise<void>
>

const BUCKETS: Record<keyof Limits, Bucket> = {
  registration: { capacity: 30, refillPerSecond: 1 / 60 },
  document: { capacity: 30, refillPerSecond: 1 / 10 },
  signIn: { capacity: 60, refillPerSecond: 1 / 2 },
}

export function limitsOf({ rateLimitStore, trustProxy }: Settings): Limits {
  const store = rateLimitStore ?? new InMemoryRateLimitStore()
  const limits = Object.entries(BUCKETS).map(([name, bucket]) => {
    const check = rateLimit({ ...bucket, trustProxy, store: within(store, name) })
    return [
      name,
      async (request: Request, { clientAddress }: McpHandlerRequestOptions) => {
        const refused = await check(request, { clientAddress })
        if (refused) throw refusalOf(refused)
      },
    ]
  })
  return Object.fromEntries(limits) as Limits
}

// a store may be shared with other limits
const within = (store: RateLimitStore, name: string): RateLimitStore => ({
  take: (key, bucket) => store.take(`oauth-${name}:${key}`, bucket),
})

function refusalOf({ status, headers }: Response): OAuthServerRefusal {
  const wait = headers.get('retry-after')
  return new OAuthServerRefusal(
    status === 429 ? 'rate-limited' : 'store-unavailable',
    wait === null ? {} : { headers: { 'retry-after': wait } },
  )
}
