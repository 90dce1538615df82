import type { OAuthContext } from './context.ts'
import type { Grant } from './grants.ts'
import { toRecordOwner } from './record-owner.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { createLease, type Lease } from './renewal-lease.ts'
import type { UpstreamTokens } from './upstream.ts'
import type { UpstreamRenewal } from './upstream-tokens.ts'
import { withTimeout } from './with-timeout.ts'

// The time limit of all requests of a renewal. It must be shorter than the lease.
const RENEWAL_TIMEOUT_MS = 10_000
const WAIT_MS = 12_000
const POLL_MS = 100

/**
 * Returns the provider's tokens of a grant, renewed if they have expired.
 *
 * They are renewed once, however many requests on however many nodes need them: a provider may take a second use of its
 * refresh token for a theft. If the provider is not available, the expired tokens are returned.
 *
 * @returns `ended` if the provider has ended the sign-in, or returned tokens of another user. The grant is revoked then.
 */
export async function renewUpstream(
  grantId: string,
  grant: Grant,
  context: OAuthContext,
): Promise<UpstreamTokens | 'ended' | undefined> {
  const { upstream, settings } = context
  const tokens = grant.upstream
  if (!upstream || !tokens?.refreshToken || !isExpired(tokens)) return tokens
  const leaseId = `oauth-taken-upstream-${grantId}-${tokens.expiresAt}`
  const lease = createLease(leaseId, toRecordOwner(grant.user), context)
  if (!(await lease.acquire())) return waitForOther(grantId, tokens, lease, context)
  let isTokenSent = false
  const mayProceed = async (): Promise<boolean> => {
    isTokenSent = await lease.extend()
    return isTokenSent
  }
  let renewal: UpstreamRenewal
  try {
    renewal = await withTimeout(RENEWAL_TIMEOUT_MS, (signal) =>
      upstream.renew(tokens, { signal, mayProceed }),
    )
  } catch (cause) {
    settings.report(new OAuthServerRefusal('upstream-failed', { cause }))
    // After a timeout the refresh token may still arrive, so the lease keeps other requests from sending it too.
    if (!(isTokenSent && isTimeout(cause))) await lease.release()
    return tokens
  }
  if (renewal === 'not-sent') return waitForOther(grantId, tokens, lease, context)
  return storeRenewal(grantId, grant, renewal, context)
}

/** Stores the result of a renewal. */
async function storeRenewal(
  grantId: string,
  grant: Grant,
  renewal: Exclude<UpstreamRenewal, 'not-sent'>,
  { grants, settings }: OAuthContext,
): Promise<UpstreamTokens | 'ended'> {
  if (renewal === 'refused') {
    // Another node may have used the refresh token before, and stored its successor.
    const latest = (await grants.find(grantId))?.upstream
    if (latest && latest.accessToken !== grant.upstream?.accessToken) return latest
    await grants.revoke(grantId, { atProvider: false })
    return 'ended'
  }
  if (renewal === 'another-user') {
    const cause = new Error(
      'The renewed ID token belongs to another user, issuer or client (OpenID Connect Core §12.2)',
    )
    settings.report(new OAuthServerRefusal('upstream-failed', { cause }))
    await grants.revoke(grantId)
    return 'ended'
  }
  return (await grants.replace(grantId, { ...grant, upstream: renewal })) ? renewal : 'ended'
}

/** Waits until another request has renewed the tokens. */
async function waitForOther(
  grantId: string,
  tokens: UpstreamTokens,
  lease: Lease,
  { grants }: OAuthContext,
): Promise<UpstreamTokens | 'ended'> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    // The lease is read before the grant, because the holder stores the tokens before its lease ends.
    const isHeld = await lease.isHeld()
    const grant = await grants.find(grantId)
    if (!grant?.upstream) return 'ended'
    if (grant.upstream.expiresAt !== tokens.expiresAt) return grant.upstream
    if (!isHeld) return tokens
  }
  return tokens
}

const isExpired = ({ expiresAt }: UpstreamTokens): boolean =>
  expiresAt !== undefined && expiresAt <= Date.now()

const isTimeout = (cause: unknown): boolean => (cause as Error).name === 'TimeoutError'
