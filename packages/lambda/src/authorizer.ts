import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { readClientId } from '@portico-mcp/core/internal'
import { buildHeaders, type LambdaHttpEvent } from './event.ts'

type AuthInfo = NonNullable<McpHandlerRequestOptions['authInfo']>
type Claims = Record<string, unknown>

/**
 * Returns the caller that an authorizer of API Gateway or IAM has verified: a Lambda or Cognito authorizer of a REST API,
 * a JWT or Lambda authorizer of an HTTP API, or IAM in front of either or of a function URL. Pass it as the `authInfo`
 * option.
 *
 * `extra.claims` has what the authorizer returned. `clientId` is its `azp`, `client_id`, `cid` or `appid`, or else its
 * subject. `scopes` is its `scope`, `scp` or `scopes`. `token` is the bearer token of the request, or empty. An IAM
 * principal is identified by its ARN. If the authorizer returns neither `sub`, `userId` nor `id`, each bearer token counts
 * as a separate caller, and a request without a token gets 500.
 *
 * @param event - The event. Its `requestContext` is trusted: anyone who can invoke the function directly can forge it.
 * @returns The caller, or undefined if there is no authorizer.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { authorizerAuthInfo, toLambdaHandler } from '@portico-mcp/lambda'
 *
 * const notes = createMcpHandler(({ authInfo }) => new McpServer({ name: authInfo?.clientId ?? '', version: '1.0.0' }))
 *
 * export const handler = toLambdaHandler(notes, { authInfo: authorizerAuthInfo })
 * ```
 */
export function authorizerAuthInfo(event: LambdaHttpEvent): AuthInfo | undefined {
  const claims = readClaims(event)
  if (!claims) return undefined
  const expiresAt = readExpiry(claims.exp)
  return {
    token: readBearerToken(event),
    clientId: readClientId(claims),
    scopes: readScopes(claims),
    ...(expiresAt !== undefined && { expiresAt }),
    extra: { claims },
  }
}

function readClaims({ requestContext: { authorizer, identity } }: LambdaHttpEvent): Claims | undefined {
  const { jwt, lambda, iam, claims, ...context } = (authorizer ?? {}) as Record<string, Claims | undefined>
  if (jwt?.claims) return { ...(jwt.scopes ? { scopes: jwt.scopes } : {}), ...(jwt.claims as Claims) }
  // An authorizer may allow a request without returning a context.
  if (lambda !== undefined) return fromContext(lambda ?? {})
  if (isArn(iam?.userArn)) return fromPrincipal(iam as Claims)
  if (claims) return claims
  const { principalId, integrationLatency: _, ...passedOn } = context
  if (principalId !== undefined) return { sub: principalId, ...passedOn }
  const { userArn, accountId, user: userId, caller: callerId } = (identity ?? {}) as Claims
  return isArn(userArn) ? fromPrincipal({ userArn, accountId, userId, callerId }) : undefined
}

// Without IAM authorization, the ARN is null or missing.
const isArn = (userArn: unknown): boolean => typeof userArn === 'string' && userArn.trim() !== ''

// A policy document has a principal beside the context.
const fromContext = ({ principalId, ...passedOn }: Claims): Claims =>
  principalId === undefined ? passedOn : { sub: principalId, principalId, ...passedOn }

const fromPrincipal = ({ userArn, accountId, userId, callerId }: Claims): Claims => ({
  sub: userArn,
  userArn,
  accountId,
  userId,
  callerId,
})

function readScopes({ scope, scp, scopes }: Claims): string[] {
  const granted = [scope, scp, scopes].find((value) => typeof value === 'string' || Array.isArray(value))
  if (Array.isArray(granted)) return granted.filter((value) => typeof value === 'string')
  // A JWT authorizer writes a list as `[a b]`.
  return String(granted ?? '')
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[\s,]+/)
    .filter(Boolean)
}

// A Cognito authorizer writes the expiry as a date.
function readExpiry(expiry: unknown): number | undefined {
  if (expiry === undefined || expiry === null) return undefined
  const seconds = Number(expiry)
  const date = Math.floor(Date.parse(String(expiry)) / 1000)
  return Number.isFinite(seconds) ? seconds : Number.isFinite(date) ? date : undefined
}

const readBearerToken = (event: LambdaHttpEvent): string =>
  /^bearer +(\S+)$/i.exec(buildHeaders(event).get('authorization') ?? '')?.[1] ?? ''
