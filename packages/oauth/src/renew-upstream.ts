import type { Desk } from './desk.ts'
import type { Grant } from './grants.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { UpstreamTokens } from './upstream.ts'

const LEASE_MS = 15_000
const WAIT_MS = 12_000
const POLL_MS = 100

/**
 * The provider's tokens of a grant, renewed where they are over: once, however many ask at once on however many
 * nodes, since a provider may take a second use of its refresh token for a theft. Its outage changes nothing.
 *
 * @returns `ended` where the provider has ended the sign-in, and the grant with it.
 */
export async function renewUpstream(
  grantId: string,
  grant: Grant,
  desk: Desk,
): Promise<UpstreamTokens | 'ended' | undefined> {
  const { grants, settings, upstream } = desk
  const tokens = grant.upstream
  if (!upstream || !tokens?.refreshToken || !isOver(tokens)) return tokens
  const { passing } = settings.stores
  const lease = `oauth-taken-upstream-${grantId}-${tokens.expiresAt}`
  if (!(await passing.createSession(lease, {}, LEASE_MS))) return renewedByAnother(grantId, tokens, desk)
  let renewed: UpstreamTokens | undefined
  try {
    renewed = await upstream.refresh(tokens)
  } catch (cause) {
    settings.report(new OAuthServerRefusal('upstream-failed', { cause }))
    await passing.deleteSession(lease)
    return tokens
  }
  if (renewed) await grants.change(grantId, { ...grant, upstream: renewed })
  else await grants.revoke(grantId)
  return renewed ?? 'ended'
}

async function renewedByAnother(
  grantId: string,
  tokens: UpstreamTokens,
  { grants }: Desk,
): Promise<UpstreamTokens | 'ended'> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const grant = await grants.find(grantId)
    if (!grant?.upstream) return 'ended'
    if (grant.upstream.expiresAt !== tokens.expiresAt) return grant.upstream
  }
  return tokens
}

const isOver = ({ expiresAt }: UpstreamTokens): boolean => expiresAt !== undefined && expiresAt <= Date.now()
