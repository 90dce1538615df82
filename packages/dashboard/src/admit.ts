import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { hostHeaderValidationResponse } from '@portico-mcp/guard'
import type { AccessKey } from './access-key.ts'
import { refusal } from './answers.ts'
import { exchangeKey, redirectSameSite } from './exchange-key.ts'
import type { Settings } from './options.ts'
import { OWN_HEADER } from './own-header.ts'
import type { Place } from './place.ts'

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i

/** `admitted` may see the dashboard, a `stranger` must not notice that it exists. A response is sent as it is. */
export type Admission = 'admitted' | 'stranger' | Response

/** Decides whether a request may see the dashboard: by `authorize`, otherwise by the secret in its URL. */
export async function admit(
  request: Request,
  place: Place,
  options: McpHandlerRequestOptions,
  { settings, key }: { settings: Settings; key: AccessKey },
): Promise<Admission> {
  const { allowedHosts, authorize } = settings
  const refused = hostHeaderValidationResponse(request, [...allowedHosts])
  if (authorize) return refused ?? (await callAuthorize(authorize, request, options))
  if (refused || !isFromHere(request, options)) return 'stranger'
  const isPage = place === 'page' && request.method === 'GET'
  if (isPage && key.isInUrl(new URL(request.url))) return exchangeKey(request, key)
  if (await key.isInCookie(request, 'visit')) return 'admitted'
  // SameSite=Strict withholds the cookie from a navigation from another site, such as a login page
  const isFromOtherSite = isPage && request.headers.get('sec-fetch-site') === 'cross-site'
  return isFromOtherSite && (await key.isInCookie(request, 'return')) ? redirectSameSite(request) : 'stranger'
}

async function callAuthorize(
  authorize: NonNullable<Settings['authorize']>,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Admission> {
  const decision = await authorize(request, options)
  if (decision === true) return 'admitted'
  return decision instanceof Response
    ? decision
    : refusal(403, 'not-authorized', 'You may not see the dashboard')
}

/** Refuses a request to the API that does not come from the dashboard's own page. */
export function refuseOtherPage(request: Request): Response | undefined {
  const { headers } = request
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const isOwn =
    headers.has(OWN_HEADER) &&
    (site === null || site === 'same-origin') &&
    (origin === null || ownHosts(request).includes(hostOf(origin)))
  return isOwn ? undefined : refusal(403, 'other-page', 'Only the page of the dashboard may ask for this')
}

function isFromHere({ headers }: Request, { clientAddress }: McpHandlerRequestOptions): boolean {
  const isForwarded = FORWARDED.some((name) => headers.has(name))
  return !isForwarded && (clientAddress === undefined || LOOPBACK.test(clientAddress))
}

// a guard in front may have set the URL to the host that a trusted proxy forwards
const ownHosts = ({ headers, url }: Request): (string | undefined)[] => [
  headers.get('host') ?? undefined,
  new URL(url).host,
]

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
