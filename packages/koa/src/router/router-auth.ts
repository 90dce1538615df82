import {
  type AuthOptions,
  type Claims,
  cognitoVerifier,
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier,
  withAuth,
} from '@portico-mcp/auth'
import type { FetchHandler, Wrapped } from '@portico-mcp/core'
import { toAuthInfo } from '@portico-mcp/core/internal'
import { resourceUrlOf } from './metadata.ts'

/** Tokens of an Amazon Cognito user pool. */
export interface CognitoUserPool {
  /** Such as `eu-west-1_AbCdEf123`. */
  userPoolId: string
  /** The app client whose tokens are accepted. */
  clientId: string
  /** @defaultValue 'access' */
  tokenUse?: 'access' | 'id'
}

/** Option `auth` of `createMcpRouter`; it needs `cognitoUserPool` or `verifyToken`. */
export interface McpAuthOptions extends Pick<AuthOptions, 'scopeHierarchy' | 'scopes' | 'onerror'> {
  /** Accepts the tokens of a user pool; it comes before `verifyToken`. */
  cognitoUserPool?: CognitoUserPool | undefined
  /**
   * Verifies a token and resolves to its claims, which `getIdentity()` returns. If it throws, or resolves to
   * nothing, the token is rejected (401). The caller is identified by `sub`, else by `userId` or `id`, a string or a
   * number, and by `iss` if there are several issuers. Without any of them, each token counts as another caller.
   * Scopes are read from `scope`, `scopes` and `scp`, and `exp` is checked. An `OAuthError` is sent unchanged.
   */
  verifyToken?: ((token: string) => unknown) | undefined
  /** Scopes that every request requires, all of them. Without them, it gets 403. @defaultValue none */
  requiredScopes?: readonly string[] | undefined
  /**
   * JSON-RPC methods that need no token. By default everyone may list the tools, and a warning says so. Some OAuth
   * clients only sign in if `initialize` gets a 401: pass `[]` for those.
   * @defaultValue `initialize`, `notifications/initialized`, `server/discover`, `tools/list`
   */
  publicMethods?: readonly string[] | undefined
  /** The URL of the metadata, which challenges contain (RFC 9728 section 5.1). @defaultValue the document of this router */
  resourceMetadataUrl?: string | undefined
  /** The public URL of the server, without the router's path; with `authorizationServerUrl` metadata is served. */
  resourceServerUrl?: string | undefined
  /** The issuer of the tokens. */
  authorizationServerUrl?: string | undefined
  /** Resources, one of which the token's `aud` must contain. Otherwise, the request gets 401. @defaultValue not checked */
  resourceIndicator?: string | readonly string[] | undefined
}

const PUBLIC_METHODS = ['initialize', 'notifications/initialized', 'server/discover', 'tools/list']

/**
 * Puts the token check that `auth` describes in front of a handler.
 *
 * @param hasSessions - Whether there are sessions, which belong to the caller that opens them.
 * @throws TypeError if neither `cognitoUserPool` nor `verifyToken` is set.
 */
export function gated<H extends FetchHandler>(
  handler: H,
  path: string,
  auth: McpAuthOptions,
  hasSessions: boolean,
): Wrapped<H> {
  const { requiredScopes, scopeHierarchy, scopes, onerror, resourceServerUrl } = auth
  if (!auth.publicMethods) {
    console.warn(
      'createMcpRouter: everyone may list the tools. Pass auth.publicMethods: [] to ask for a token first.',
    )
  }
  if (hasSessions && (auth.publicMethods ?? PUBLIC_METHODS).includes('initialize')) {
    console.warn(
      'createMcpRouter: initialize needs no token, and a session that was opened without one cannot be used with one (404). Pass auth.publicMethods: [].',
    )
  }
  const metadata = resourceServerUrl && auth.authorizationServerUrl
  const derived = metadata && getOAuthProtectedResourceMetadataUrl(resourceUrlOf(resourceServerUrl, path))
  const resourceMetadataUrl = auth.resourceMetadataUrl ?? (derived || undefined)
  return withAuth(handler, {
    verifier: meantFor(auth.resourceIndicator, verifierOf(auth)),
    // what a token says of its end has been checked
    requireExpiry: false,
    publicMethods: auth.publicMethods ?? PUBLIC_METHODS,
    ...(requiredScopes && { requiredScopes }),
    ...(scopeHierarchy && { scopeHierarchy }),
    ...(scopes && { scopes }),
    ...(onerror && { onerror }),
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
  })
}

function verifierOf({ cognitoUserPool, verifyToken }: McpAuthOptions): OAuthTokenVerifier {
  if (cognitoUserPool) return cognitoVerifier(cognitoUserPool)
  if (!verifyToken)
    throw new TypeError('createMcpRouter: auth: either cognitoUserPool or verifyToken must be given')
  return {
    name: 'verifyToken',
    async verifyAccessToken(token) {
      const payload = await verified(verifyToken, token)
      if (!payload) throw refused('The token is not accepted')
      return toAuthInfo(token, claimsOf(payload))
    },
  }
}

async function verified(
  verifyToken: NonNullable<McpAuthOptions['verifyToken']>,
  token: string,
): Promise<unknown> {
  try {
    return await verifyToken(token)
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause
    throw refused('The token is not accepted', cause)
  }
}

const refused = (message: string, cause?: unknown): OAuthError =>
  new OAuthError(OAuthErrorCode.InvalidToken, message, { cause })

// a name is a subject, and so is a number
function claimsOf(payload: unknown): Claims {
  if (typeof payload === 'object') return payload as Claims
  return typeof payload === 'string' || typeof payload === 'number' ? { sub: payload } : {}
}

/** A verifier that accepts only tokens whose `aud` names one of these (RFC 8707 section 2). */
function meantFor(
  resourceIndicator: McpAuthOptions['resourceIndicator'],
  verifier: OAuthTokenVerifier,
): OAuthTokenVerifier {
  if (resourceIndicator === undefined) return verifier
  const accepted = [resourceIndicator].flat()
  return {
    ...verifier,
    async verifyAccessToken(token, expectation) {
      const authInfo = await verifier.verifyAccessToken(token, expectation)
      const { aud } = (authInfo.extra?.claims ?? {}) as Claims
      if ([aud].flat().some((name) => accepted.includes(name as string))) return authInfo
      throw refused('The token is for another resource')
    },
  }
}
