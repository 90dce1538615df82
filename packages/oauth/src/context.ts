import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { type AnsweredConsents, createAnsweredConsents } from './answered-consents.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type Clients, createClients } from './clients.ts'
import { buildEndpoints, type Endpoints } from './endpoints.ts'
import { createGrants, type Grant, type Grants } from './grants.ts'
import { createLimits, type Limits } from './limits.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'
import { createSingleUseSecrets, type SingleUseSecrets } from './single-use-secrets.ts'
import { createTransactions, type Transactions } from './transactions.ts'
import { createUpstream, type Upstream, type UpstreamRequest, type UpstreamTokens } from './upstream.ts'
import type { User } from './user.ts'
import { withTimeout } from './with-timeout.ts'

/** What an authorization code stands for. */
export interface CodeContent {
  request: AuthorizationRequest
  user: User
  grantId: string
  upstream?: UpstreamTokens
}

/** A sign-in at the identity provider that has not ended yet. */
export interface PendingSignIn {
  request: AuthorizationRequest
  upstreamRequest: UpstreamRequest
  /** The digest of the cookie of the browser that started the sign-in. */
  browser: string
}

/** What the endpoints of one server share. */
export interface OAuthContext {
  readonly settings: Settings
  readonly endpoints: Endpoints
  readonly clients: Clients
  readonly codes: SingleUseSecrets<CodeContent>
  readonly pendingSignIns: SingleUseSecrets<PendingSignIn>
  readonly answeredConsents: AnsweredConsents
  readonly grants: Grants
  readonly signingKeys: SigningKeys
  readonly transactions: Transactions
  readonly upstream?: Upstream
  readonly limits: Limits
}

/** Answers the requests to one endpoint. */
export type EndpointHandler = (
  request: Request,
  context: OAuthContext,
  options: McpHandlerRequestOptions,
) => Promise<Response>

// OAuth 2.1 §4.1.2 allows ten minutes.
const CODE_TTL_SECONDS = 300
const SIGN_IN_TTL_SECONDS = 600

/** Creates the context of a server. */
export function createContext(settings: Settings): OAuthContext {
  const { encryptionSecrets, stores, signingSecrets, upstreamProvider, fetch } = settings
  const endpoints = buildEndpoints(settings.base)
  const upstream =
    upstreamProvider && createUpstream(upstreamProvider, { callbackUrl: endpoints.callback, fetch })
  return {
    settings,
    endpoints,
    clients: createClients(settings),
    codes: createSingleUseSecrets(stores.transient, encryptionSecrets, {
      kind: 'code',
      ttlSeconds: CODE_TTL_SECONDS,
    }),
    pendingSignIns: createSingleUseSecrets(stores.transient, encryptionSecrets, {
      kind: 'signin',
      ttlSeconds: SIGN_IN_TTL_SECONDS,
    }),
    answeredConsents: createAnsweredConsents(settings),
    grants: createGrants(settings, (grant) => revokeUpstream(grant, upstream, settings)),
    signingKeys: createSigningKeys(signingSecrets, settings.signingKeys),
    transactions: createTransactions(settings),
    upstream,
    limits: createLimits(settings),
  }
}

const REVOCATION_TIMEOUT_MS = 3000

/** Revokes the provider's tokens of a grant that has been revoked here. A failure at the provider is only reported. */
async function revokeUpstream(
  { upstream: tokens }: Grant,
  upstream: Upstream | undefined,
  { report }: Settings,
): Promise<void> {
  if (!upstream || !tokens) return
  try {
    await withTimeout(REVOCATION_TIMEOUT_MS, (signal) => upstream.revoke(tokens, signal))
  } catch (cause) {
    report(new OAuthServerRefusal('upstream-failed', { cause }))
  }
}
