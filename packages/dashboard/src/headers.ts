// all others may hold a secret, and are not shown
const SHOWN = [
  'accept',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'origin',
  'traceparent',
  'user-agent',
] as const

const SHOWN_OF_RESPONSES = [
  'allow',
  'cache-control',
  'content-type',
  'mcp-protocol-version',
  'retry-after',
  'www-authenticate',
] as const

const SECRET = ['authorization', 'cookie', 'mcp-session-id'] as const

const REDACTED = '[redacted]'

/** Picks the headers of a request that may be shown, and names the secret ones without their values. */
export function pickHeaders(headers: Pick<Headers, 'get' | 'has'>): Record<string, string> {
  const shown = pick(headers, SHOWN)
  for (const name of SECRET) if (headers.has(name)) shown[name] = REDACTED
  return shown
}

/** Picks the headers of a response that may be shown. */
export const pickResponseHeaders = (headers: Pick<Headers, 'get'>): Record<string, string> =>
  pick(headers, SHOWN_OF_RESPONSES)

function pick(headers: Pick<Headers, 'get'>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) picked[name] = value
  }
  return picked
}
