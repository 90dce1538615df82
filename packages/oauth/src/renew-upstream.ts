import type { Desk } from './desk.ts'
import { randomSecret } from './digest.ts'
import type { Grant } from './grants.ts'
import { holderOf } from './holder.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { UpstreamTokens } from './upstream.ts'
import type { UpstreamRenewal } from './upstream-tokens.ts'
import { within } from './within.ts'

// all requests of a renewal together, which has to be less than the lease
const RENEWAL_MS = 10_000
const LEASE_MS = 15_000
const WAIT_MS = 12_000
const POLL_MS = 100

/**
 * The provider's tokens of a grant, renewed where they are over: once, however many ask at once on however many
 * nodes, since a provider may take a second use of its refresh token for a theft. Its outage changes nothing.
 *
 * @returns `ended` where the provider has ended the sign-in, or gave tokens of another user; the grant ends with it.
 */
export async function renewUpstream(
  grantId: string,
  grant: Grant,
  desk: Desk,
): Promise<UpstreamTokens | 'ended' | undefined> {
  const tokens = grant.upstream
  if (!desk.upstream || !tokens?.refreshToken || !isOver(tokens)) return tokens
  const lease = leaseOf(`oauth-taken-upstream-${grantId}-${tokens.expiresAt}`, holderOf(grant.user), desk)
  if (!(await lease.take())) return renewedByAnother(grantId, tokens, lease, desk)
  let used = false
  const mayAsk = async (): Promise<boolean> => {
    used = await lease.extend()
    return used
  }
  let renewal: UpstreamRenewal
  try {
    const { upstream } = desk
    renewal = await within(RENEWAL_MS, (signal) => upstream.renew(tokens, { signal, mayAsk }))
  } catch (cause) {
    desk.settings.report(new OAuthServerRefusal('upstream-failed', { cause }))
    // where the refresh token may be on its way, the lease keeps others from sending it too
    if (!(used && isTimeout(cause))) await lease.release()
    return tokens
  }
  if (renewal === 'not-asked') return renewedByAnother(grantId, tokens, lease, desk)
  return keep(grantId, grant, renewal, desk)
}

/** Keeps what came of a renewal. */
async function keep(
  grantId: string,
  grant: Grant,
  renewal: Exclude<UpstreamRenewal, 'not-asked'>,
  { grants, settings }: Desk,
): Promise<UpstreamTokens | 'ended'> {
  if (renewal === 'refused') {
    // another node may have used the refresh token before, and have its successor
    const latest = (await grants.find(grantId))?.upstream
    if (latest && latest.accessToken !== grant.upstream?.accessToken) return latest
    await grants.revoke(grantId, { atProvider: false })
    return 'ended'
  }
  if (renewal === 'another-user') {
    const cause = new Error(
      'The renewed ID token is of another user, issuer or client (OpenID Connect Core 12.2)',
    )
    settings.report(new OAuthServerRefusal('upstream-failed', { cause }))
    await grants.revoke(grantId)
    return 'ended'
  }
  return (await grants.change(grantId, { ...grant, upstream: renewal })) ? renewal : 'ended'
}

interface Lease {
  /** @returns `false` where another has it. */
  take(): Promise<boolean>
  /** Makes it last from now on. @returns `false` where it is not this one's any more. */
  extend(): Promise<boolean>
  release(): Promise<void>
  isTaken(): Promise<boolean>
}

function leaseOf(id: string, holder: string, { settings }: Desk): Lease {
  const { passing } = settings.stores
  const owner = randomSecret()
  const isOwn = async (): Promise<boolean> => (await passing.getSession(id))?.data?.owner === owner
  return {
    take: () => passing.createSession(id, { owner }, LEASE_MS, holder),
    extend: async () => (await isOwn()) && passing.touchSession(id, LEASE_MS),
    async release() {
      if (await isOwn()) await passing.deleteSession(id)
    },
    isTaken: () => passing.sessionExists(id),
  }
}

async function renewedByAnother(
  grantId: string,
  tokens: UpstreamTokens,
  lease: Lease,
  { grants }: Desk,
): Promise<UpstreamTokens | 'ended'> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    // asked first: what the other keeps, it keeps before its lease is over
    const isTaken = await lease.isTaken()
    const grant = await grants.find(grantId)
    if (!grant?.upstream) return 'ended'
    if (grant.upstream.expiresAt !== tokens.expiresAt) return grant.upstream
    if (!isTaken) return tokens
  }
  return tokens
}

const isOver = ({ expiresAt }: UpstreamTokens): boolean => expiresAt !== undefined && expiresAt <= Date.now()

const isTimeout = (cause: unknown): boolean => (cause as Error).name === 'TimeoutError'
