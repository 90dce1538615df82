import { shown } from '@portico-mcp/core/internal'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { invalidToken } from './errors.ts'
import type { Claims } from './verifier.ts'

/** Options of the verifiers for authorization servers with several tenants. */
export interface TenantChecks {
  /**
   * The ids of the tenants whose tokens are accepted, or a function that decides by the id. It is required if the issuer
   * stands for several tenants: `common`, `organizations` or `consumers` of Microsoft Entra, or an issuer that contains
   * `{tenantid}`. @defaultValue none: the issuer is that of one tenant
   */
  tenants?: readonly string[] | ((tenantId: string) => boolean | Promise<boolean>) | undefined
}

const PLACEHOLDER = '{tenantid}'

// The characters of a tenant's id, so that an id cannot leave the path segment that it is inserted into.
const TENANT_ID = /^[A-Za-z0-9-]{1,64}$/

// The clouds of Microsoft Entra (learn.microsoft.com/entra/identity-platform/authentication-national-cloud)
const SHARED =
  /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)(\/|$)/

/** Whether an issuer stands for several tenants. */
export const isShared = (issuer: string): boolean => SHARED.test(issuer) || issuer.includes(PLACEHOLDER)

/** Replaces the placeholder of an issuer, so that its metadata can be fetched. */
export const toDiscoverableIssuer = (issuer: string): string => issuer.replaceAll(PLACEHOLDER, 'common')

/** @throws TypeError if the option `tenants` is missing, malformed, or has no effect. */
export function checkTenants(verifier: string, issuer: string, { tenants }: TenantChecks): void {
  if (tenants === undefined) {
    if (!isShared(issuer)) return
    throw new TypeError(`${verifier}: tenants is missing; the issuer ${issuer} stands for every tenant`)
  }
  if (!isShared(issuer)) {
    throw new TypeError(`${verifier}: tenants has no effect, as the issuer ${issuer} is that of one tenant`)
  }
  const isList = Array.isArray(tenants) && tenants.length > 0 && tenants.every((id) => TENANT_ID.test(id))
  if (!isList && typeof tenants !== 'function') {
    throw new TypeError(
      `${verifier}: tenants must be a function, or a list of ids of letters, digits and - (got ${shown(tenants)})`,
    )
  }
}

/**
 * Reads the tenant from a token that has not been verified, and checks that it is one of the accepted tenants.
 *
 * @throws OAuthError `invalid_token`: `wrong-issuer` for any other tenant, `malformed` if the token is not a JWT.
 */
export async function readTenant(token: string, { tenants }: TenantChecks): Promise<string> {
  const { tid, iss } = decodeClaims(token)
  if (typeof tid !== 'string' || !TENANT_ID.test(tid))
    throw unknownTenant('The token has no tid claim that is the id of a tenant')
  // The function of the user is not called for tokens of other issuers.
  if (typeof iss !== 'string' || !iss.includes(tid))
    throw unknownTenant('The issuer of the token does not contain its tenant')
  const isKnown = typeof tenants === 'function' ? await tenants(tid) : tenants?.includes(tid)
  if (isKnown !== true) throw unknownTenant(`The option tenants does not accept the tenant ${tid}`)
  return tid
}

function decodeClaims(token: string): Claims {
  try {
    return decodeJwt(token)
  } catch (error) {
    throw invalidToken('malformed', error)
  }
}

const unknownTenant = (message: string): Error => invalidToken('wrong-issuer', new Error(message))

/** @throws TypeError if `tenants` is given, and the issuer does not contain the placeholder of a tenant. */
export function checkTemplate(verifier: string, issuer: string, { tenants }: TenantChecks): void {
  if (tenants === undefined || issuer.includes(PLACEHOLDER)) return
  throw new TypeError(
    `${verifier}: issuer must contain ${PLACEHOLDER} if tenants is given (got ${JSON.stringify(issuer)})`,
  )
}

/** Builds the exact issuer of one tenant. */
export const buildTenantIssuer = (template: string, tenantId: string): string =>
  template.replaceAll(PLACEHOLDER, tenantId)

/** Whether the metadata of a shared issuer may name this issuer: a template, or a tenant of the same server. */
export function isIssuerOf(shared: string, issuer: unknown): boolean {
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) return false
  return issuer.split(PLACEHOLDER).length === 2 || new URL(issuer).origin === new URL(shared).origin
}

/**
 * Checks that the key of a token may sign for an issuer. In a key set of several tenants, each key has the issuer that it
 * belongs to.
 *
 * @throws OAuthError `invalid_token` (`unknown-key`) if the key belongs to another issuer.
 */
export function checkKeyIssuer(
  keys: readonly Claims[],
  token: string,
  tenantId: string,
  issuer: string,
): void {
  const { kid } = decodeProtectedHeader(token)
  const owners = keys.flatMap((key) =>
    key.kid === kid && typeof key.issuer === 'string' ? [buildTenantIssuer(key.issuer, tenantId)] : [],
  )
  if (owners.length > 0 && !owners.includes(issuer)) throw invalidToken('unknown-key')
}
