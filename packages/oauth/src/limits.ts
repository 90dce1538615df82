import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  type Bucket,
  InMemoryRateLimitStore,
  type RateLimitResult,
  type RateLimitStore,
  rateLimit,
} from '@portico-mcp/guard'
import { digestText } from './digest.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'

type AddressLimit = 'registration' | 'document' | 'signIn'

/** Limits how often an address or a user can make the server store, fetch or sign something. */
export type Limits = Record<
  AddressLimit,
  /** @throws OAuthServerRefusal `rate-limited`, or `store-unavailable` */
  (request: Request, options: McpHandlerRequestOptions) => Promise<void>
> & {
  /** Counts the consents of a user. @throws OAuthServerRefusal `rate-limited`, or `store-unavailable` */
  consent(sub: string): Promise<void>
}

// A person does not approve applications more often.
const CONSENT_BUCKET: Bucket = { capacity: 60, refillPerSecond: 1 / 60 }

const ADDRESS_BUCKETS: Record<AddressLimit, Bucket> = {
  registration: { capacity: 30, refillPerSecond: 1 / 60 },
  document: { capacity: 30, refillPerSecond: 1 / 10 },
  signIn: { capacity: 60, refillPerSecond: 1 / 2 },
}

/** Creates the limits of a server. */
export function createLimits({ rateLimitStore, trustProxy }: Settings): Limits {
  const store = rateLimitStore ?? new InMemoryRateLimitStore()
  const limits = Object.entries(ADDRESS_BUCKETS).map(([name, bucket]) => {
    const check = rateLimit({ ...bucket, trustProxy, store: prefixKeys(store, name) })
    return [
      name,
      async (request: Request, { clientAddress }: McpHandlerRequestOptions) => {
        const response = await check(request, { clientAddress })
        if (response) throw toLimitRefusal(response)
      },
    ]
  })
  return {
    ...(Object.fromEntries(limits) as Record<AddressLimit, Limits[AddressLimit]>),
    async consent(sub) {
      const { allowed, retryAfterMs } = await takeConsent(store, `oauth-consent:user:${digestText(sub)}`)
      const headers = { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
      if (!allowed) throw new OAuthServerRefusal('rate-limited', { headers })
    },
  }
}

async function takeConsent(store: RateLimitStore, key: string): Promise<RateLimitResult> {
  try {
    return await store.take(key, CONSENT_BUCKET)
  } catch (cause) {
    throw new OAuthServerRefusal('store-unavailable', { cause, headers: { 'retry-after': '5' } })
  }
}

/** Prefixes the keys, since the store may be shared with other limits. */
const prefixKeys = (store: RateLimitStore, name: string): RateLimitStore => ({
  take: (key, bucket) => store.take(`oauth-${name}:${key}`, bucket),
})

function toLimitRefusal({ status, headers }: Response): OAuthServerRefusal {
  const retryAfter = headers.get('retry-after')
  return new OAuthServerRefusal(
    status === 429 ? 'rate-limited' : 'store-unavailable',
    retryAfter === null ? {} : { headers: { 'retry-after': retryAfter } },
  )
}
