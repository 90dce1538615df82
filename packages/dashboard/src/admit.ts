import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { hostHeaderValidationResponse } from '@portico-mcp/guard'
import type { AccessKey } from './access-key.ts'
import { refusal } from './answers.ts'
import { exchangeKey, leadBack } from './exchange-key.ts'
import type { Settings } from './options.ts'
import type { Place } from './place.ts'

/** What the page sends with every request to its API: no other page can, without being asked first. */
export const OWN_HEADER = 'x-portico-dashboard'

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i

/** `admitted` may see the dashboard, a `stranger` must not notice it; a response is sent as it is. */
export type Admission = 'admitted' | 'stranger' | Response

/** Decides who may see the dashboard: by `authorize`, or else by the secret of its address. */
export async function admit(
  request: Request,
  place: Place,
  options: McpHandlerRequestOptions,
  { settings, key }: { settings: Settings; key: AccessKey },
): Promise<Admission> {
  const { allowedHosts, authorize } = settings
  const refused = hostHeaderValidationResponse(request, [...allowedHosts])
  if (authorize) return refused ?? (await askOperator(authorize, request, options))
  if (refused || !isFromHere(request, options)) return 'stranger'
  const isPage = place === 'page' && request.method === 'GET'
  if (isPage && key.isInUrl(new URL(request.url))) return exchangeKey(request, key)
  if (await key.isInCookie(request, 'visit')) return 'admitted'
  // SameSite=Strict keeps the cookie back where a page of another site leads here, as one to sign in at does
  const isLedHere = isPage && request.headers.get('sec-fetch-site') === 'cross-site'
  return isLedHere && (await key.isInCookie(request, 'return')) ? leadBack(request) : 'stranger'
}

async function askOperator(
  authorize: NonNullable<Settings['authorize']>,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Admission> {
  const said = await authorize(request, options)
  if (said === true) return 'admitted'
  return said instanceof Response ? said : refusal(403, 'not-authorized', 'You may not see the dashboard')
}

/** Why a request to the API did not come from the dashboard's own page, if so. */
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

// a guard in front may have put the address that a trusted proxy was asked for into the URL
const ownHosts = ({ headers, url }: Request): (string | undefined)[] => [
  headers.get('host') ?? undefined,
  new URL(url).host,
]

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
