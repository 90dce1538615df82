import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { hostHeaderValidationResponse } from '@portico-mcp/guard'
import { refusal } from './answers.ts'
import type { Settings } from './options.ts'

/** What the page sends with every request to its API: no other page can, without being asked first. */
export const OWN_HEADER = 'x-portico-dashboard'

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i

/** Why somebody may not see the dashboard, if so; a login may be in the answer. */
export async function refuseVisitor(
  request: Request,
  options: McpHandlerRequestOptions,
  { allowedHosts, authorize }: Settings,
): Promise<Response | undefined> {
  const refused = hostHeaderValidationResponse(request, [...allowedHosts])
  if (refused) return refused
  if (!authorize) return isFromHere(request, options) ? undefined : notFromHere()
  const said = await authorize(request, options)
  if (said === true) return undefined
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

const notFromHere = (): Response =>
  refusal(
    403,
    'not-loopback',
    'The dashboard is for this machine alone; with the option authorize it is served elsewhere',
  )

// a guard in front may have put the address that a trusted proxy was asked for into the URL
const ownHosts = ({ headers, url }: Request): (string | undefined)[] => [
  headers.get('host') ?? undefined,
  new URL(url).host,
]

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
