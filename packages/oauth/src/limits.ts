import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  type Bucket,
  InMemoryRateLimitStore,
  type RateLimitResult,
  type RateLimitStore,
  rateLimit,
} from '@portico-mcp/guard'
import { digestOf } from './digest.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'

type AddressLimit = 'registration' | 'document' | 'signIn'

/** Limits what a stranger, by its address, and a user can make the server keep, fetch or sign. */
export type Limits = Record<
  AddressLimit,
  /** @throws OAuthServerRefusal `rate-limited`, or `store-unavailable` */
  (request: Request, given: McpHandlerRequestOptions) => Promise<void>
> & {
  /** Counts the consents of a user. @throws OAuthServerRefusal `rate-limited`, or `store-unavailable` */
  consent(sub: string): Promise<void>
}

// no user approves applications this often
const CONSENTS: Bucket = { capacity: 60, refillPerSecond: 1 / 60 }

const BUCKETS: Record<AddressLimit, Bucket> = {
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
  return {
    ...(Object.fromEntries(limits) as Record<AddressLimit, Limits[AddressLimit]>),
    async consent(sub) {
      const { allowed, retryAfterMs } = await takeOf(store, `oauth-consent:user:${digestOf(sub)}`)
      const headers = { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
      if (!allowed) throw new OAuthServerRefusal('rate-limited', { headers })
    },
  }
}

async function takeOf(store: RateLimitStore, key: string): Promise<RateLimitResult> {
  try {
    return await store.take(key, CONSENTS)
  } catch (cause) {
    throw new OAuthServerRefusal('store-unavailable', { cause, headers: { 'retry-after': '5' } })
  }
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
