import { decodeJwt, decodeProtectedHeader } from 'jose'
import { invalidToken } from './errors.ts'
import type { Claims } from './verifier.ts'

/** Who may call of a multi-tenant authorization server. */
export interface TenantChecks {
  /**
   * Ids of the tenants whose tokens are accepted, of an issuer that stands for many: `common`, `organizations` or
   * `consumers` of Microsoft Entra, or an issuer with `{tenantid}` in it. Or a function that decides.
   * @defaultValue none: the issuer is one
   */
  tenants?: readonly string[] | ((tenantId: string) => boolean | Promise<boolean>) | undefined
}

const PLACEHOLDER = '{tenantid}'

// what a tenant's id may be, so that it stays the part of a path that it stands for
const TENANT_ID = /^[A-Za-z0-9-]{1,64}$/

// the clouds of Microsoft Entra (learn.microsoft.com/entra/identity-platform/authentication-national-cloud)
const SHARED =
  /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)(\/|$)/

/** Whether an issuer stands for many tenants. */
export const isShared = (issuer: string): boolean => SHARED.test(issuer) || issuer.includes(PLACEHOLDER)

/** Where the document of an issuer that stands for many tenants is looked for. */
export const sharedIssuer = (issuer: string): string => issuer.replaceAll(PLACEHOLDER, 'common')

/** @throws TypeError for an issuer of many tenants without a list of them, and for a list that has no effect. */
export function checkTenants(verifier: string, issuer: string, { tenants }: TenantChecks): void {
  if (tenants === undefined) {
    if (!isShared(issuer)) return
    throw new TypeError(`${verifier}: tenants is missing; the issuer ${issuer} stands for every tenant`)
  }
  if (!isShared(issuer)) {
    throw new TypeError(`${verifier}: tenants has no effect, as the issuer ${issuer} is that of one`)
  }
  const isList = Array.isArray(tenants) && tenants.length > 0 && tenants.every((id) => TENANT_ID.test(id))
  if (!isList && typeof tenants !== 'function') {
    throw new TypeError(`${verifier}: tenants must be a function, or a list of ids of letters, digits and -`)
  }
}

/**
 * The tenant that an unverified token says it is of, if that is one that may call.
 *
 * @throws OAuthError `invalid_token` (`wrong-issuer`) for any other, `malformed` for what is no JWT.
 */
export async function tenantOf(token: string, { tenants }: TenantChecks): Promise<string> {
  const { tid, iss } = claimsIn(token)
  if (typeof tid !== 'string' || !TENANT_ID.test(tid)) throw unknownTenant('The token names no tenant')
  // tokens of other issuers are not asked about
  if (typeof iss !== 'string' || !iss.includes(tid)) throw unknownTenant('The token is of another issuer')
  const isKnown = typeof tenants === 'function' ? await tenants(tid) : tenants?.includes(tid)
  if (isKnown !== true) throw unknownTenant(`The tenant ${tid} may not call`)
  return tid
}

function claimsIn(token: string): Claims {
  try {
    return decodeJwt(token)
  } catch (error) {
    throw invalidToken('malformed', error)
  }
}

const unknownTenant = (message: string): Error => invalidToken('wrong-issuer', new Error(message))

/** @throws TypeError for an issuer that no tenant's can be made of. */
export function checkTemplate(verifier: string, issuer: string, { tenants }: TenantChecks): void {
  if (tenants === undefined || issuer.includes(PLACEHOLDER)) return
  throw new TypeError(
    `${verifier}: issuer must have ${PLACEHOLDER} in it, where there are tenants (got ${issuer})`,
  )
}

/** The exact issuer of one tenant. */
export const issuerOfTenant = (template: string, tenantId: string): string =>
  template.replaceAll(PLACEHOLDER, tenantId)

/** Whether the document of a shared issuer may name this issuer: a template, or one tenant of the same server. */
export function isIssuerOf(shared: string, issuer: unknown): boolean {
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) return false
  return issuer.split(PLACEHOLDER).length === 2 || new URL(issuer).origin === new URL(shared).origin
}

/**
 * Makes sure that a key may sign for an issuer: a key set of many tenants says of each key whose it is.
 *
 * @throws OAuthError `invalid_token` (`unknown-key`)
 */
export function checkKeyIssuer(
  keys: readonly Claims[],
  token: string,
  tenantId: string,
  issuer: string,
): void {
  const { kid } = decodeProtectedHeader(token)
  const owners = keys.flatMap((key) =>
    key.kid === kid && typeof key.issuer === 'string' ? [issuerOfTenant(key.issuer, tenantId)] : [],
  )
  if (owners.length > 0 && !owners.includes(issuer)) throw invalidToken('unknown-key')
}
