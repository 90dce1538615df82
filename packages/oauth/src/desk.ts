import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { type AnsweredConsents, answeredConsents } from './answered-consents.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type Clients, clientsOf } from './clients.ts'
import { type Endpoints, endpointsOf } from './endpoints.ts'
import { type Grant, type Grants, grantsOf, newGrantId } from './grants.ts'
import { holderOf } from './holder.ts'
import { type Limits, limitsOf } from './limits.ts'
import { withParameters } from './redirect-uri.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'
import { type SigningKeys, signingKeys } from './signing.ts'
import { type Tickets, tickets } from './tickets.ts'
import { type Transactions, transactionsOf } from './transactions.ts'
import { type Upstream, type UpstreamRequest, type UpstreamTokens, upstreamOf } from './upstream.ts'
import type { User } from './user.ts'
import { within } from './within.ts'

/** What stands behind an authorization code. */
export interface CodeContent {
  request: AuthorizationRequest
  user: User
  grantId: string
  upstream?: UpstreamTokens
}

/** A sign-in that is under way at the provider. */
export interface PendingSignIn {
  request: AuthorizationRequest
  upstreamRequest: UpstreamRequest
  /** Digest of what the browser that began it has. */
  browser: string
}

/** What the endpoints of one server share. */
export interface Desk {
  readonly settings: Settings
  readonly endpoints: Endpoints
  readonly clients: Clients
  readonly codes: Tickets<CodeContent>
  readonly pending: Tickets<PendingSignIn>
  readonly answered: AnsweredConsents
  readonly grants: Grants
  readonly keys: SigningKeys
  readonly transactions: Transactions
  readonly upstream?: Upstream
  readonly limits: Limits
}

/** What one request is answered with. */
export type Answer = (request: Request, desk: Desk, given: McpHandlerRequestOptions) => Promise<Response>

// OAuth 2.1 §4.1.2: at most ten minutes
const CODE_TTL = 300
const SIGN_IN_TTL = 600

export function openDesk(settings: Settings): Desk {
  const { encryptionSecrets, stores, signingSecrets, upstreamProvider, fetch } = settings
  const endpoints = endpointsOf(settings.base)
  const upstream =
    upstreamProvider && upstreamOf(upstreamProvider, { callbackUrl: endpoints.callback, fetch })
  return {
    settings,
    endpoints,
    clients: clientsOf(settings),
    codes: tickets(stores.passing, encryptionSecrets, { kind: 'code', ttl: CODE_TTL }),
    pending: tickets(stores.passing, encryptionSecrets, { kind: 'signin', ttl: SIGN_IN_TTL }),
    answered: answeredConsents(settings),
    grants: grantsOf(settings, (grant) => revokeUpstream(grant, upstream, settings)),
    keys: signingKeys(signingSecrets, settings.signingKeys),
    transactions: transactionsOf(settings),
    upstream,
    limits: limitsOf(settings),
  }
}

const REVOCATION_MS = 3000

/** Ends the provider's tokens of a grant that has ended here. The grant stays ended, whatever the provider answers. */
async function revokeUpstream(
  { upstream: tokens }: Grant,
  upstream: Upstream | undefined,
  { report }: Settings,
): Promise<void> {
  if (!upstream || !tokens) return
  try {
    await within(REVOCATION_MS, (signal) => upstream.revoke(tokens, signal))
  } catch (cause) {
    report(new OAuthServerRefusal('upstream-failed', { cause }))
  }
}

/** Where the browser takes a code to the application (OAuth 2.1 §4.1.2, RFC 9207). */
export async function grantedLocation(
  { codes, settings }: Desk,
  request: AuthorizationRequest,
  who: { user: User; upstream?: UpstreamTokens },
): Promise<string> {
  const code = await codes.issue({ request, ...who, grantId: newGrantId() }, holderOf(who.user))
  return withParameters(request.redirectUri, { code, state: request.state, iss: settings.issuer })
}
