import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { clientIdOf } from '@portico-mcp/core/internal'
import { headersOf, type LambdaHttpEvent } from './event.ts'

type AuthInfo = NonNullable<McpHandlerRequestOptions['authInfo']>
type Claims = Record<string, unknown>

/**
 * Who is calling, as an authorizer of API Gateway or IAM found: a Lambda or Cognito authorizer of a REST API,
 * a JWT or Lambda authorizer of an HTTP API, IAM in front of either or of a function URL. A value for the
 * option `authInfo`.
 *
 * `extra.claims` is what the authorizer passed on; `clientId` its `azp`, `client_id`, `cid` or `appid`, else who
 * it is about; `scopes` its `scope`, `scp` or `scopes`. An authorizer that passes on neither `sub`, `userId` nor `id`
 * makes another caller of every bearer token; without one its requests are refused (500). A principal of IAM is its ARN. `token` is the bearer token that was sent, or empty.
 *
 * @param event - The authorizer's part of it is believed: whoever may invoke the function itself can write it.
 * @returns undefined where no authorizer stands in front of the function.
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
  const claims = claimsOf(event)
  if (!claims) return undefined
  const expiresAt = secondsOf(claims.exp)
  return {
    token: bearerTokenOf(event),
    clientId: clientIdOf(claims),
    scopes: scopesOf(claims),
    ...(expiresAt !== undefined && { expiresAt }),
    extra: { claims },
  }
}

function claimsOf({ requestContext: { authorizer, identity } }: LambdaHttpEvent): Claims | undefined {
  const { jwt, lambda, iam, claims, ...context } = (authorizer ?? {}) as Record<string, Claims | undefined>
  if (jwt?.claims) return { ...(jwt.scopes ? { scopes: jwt.scopes } : {}), ...(jwt.claims as Claims) }
  // an authorizer that lets a caller in need not say anything of it
  if (lambda !== undefined) return ofContext(lambda ?? {})
  if (isArn(iam?.userArn)) return principal(iam as Claims)
  if (claims) return claims
  const { principalId, integrationLatency: _, ...passedOn } = context
  if (principalId !== undefined) return { sub: principalId, ...passedOn }
  const { userArn, accountId, user: userId, caller: callerId } = (identity ?? {}) as Claims
  return isArn(userArn) ? principal({ userArn, accountId, userId, callerId }) : undefined
}

// a request that IAM has not signed has null, or nothing, in its place
const isArn = (userArn: unknown): boolean => typeof userArn === 'string' && userArn.trim() !== ''

// a policy names a principal, beside what it passes on
const ofContext = ({ principalId, ...passedOn }: Claims): Claims =>
  principalId === undefined ? passedOn : { sub: principalId, principalId, ...passedOn }

const principal = ({ userArn, accountId, userId, callerId }: Claims): Claims => ({
  sub: userArn,
  userArn,
  accountId,
  userId,
  callerId,
})

function scopesOf({ scope, scp, scopes }: Claims): string[] {
  const granted = [scope, scp, scopes].find((value) => typeof value === 'string' || Array.isArray(value))
  if (Array.isArray(granted)) return granted.filter((value) => typeof value === 'string')
  // a JWT authorizer writes a list as `[a b]`
  return String(granted ?? '')
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[\s,]+/)
    .filter(Boolean)
}

// a Cognito authorizer writes the expiry as a date
function secondsOf(expiry: unknown): number | undefined {
  if (expiry === undefined || expiry === null) return undefined
  const seconds = Number(expiry)
  const date = Math.floor(Date.parse(String(expiry)) / 1000)
  return Number.isFinite(seconds) ? seconds : Number.isFinite(date) ? date : undefined
}

const bearerTokenOf = (event: LambdaHttpEvent): string =>
  /^bearer +(\S+)$/i.exec(headersOf(event).get('authorization') ?? '')?.[1] ?? ''
