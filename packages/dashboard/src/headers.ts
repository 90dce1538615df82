// everything else may hold a secret, and is never read
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

/** The headers of a request that may be shown, and which of the secret ones there were. */
export function headersShown(headers: Pick<Headers, 'get' | 'has'>): Record<string, string> {
  const shown = pick(headers, SHOWN)
  for (const name of SECRET) if (headers.has(name)) shown[name] = REDACTED
  return shown
}

/** The headers of a response that may be shown. */
export const responseHeadersShown = (headers: Pick<Headers, 'get'>): Record<string, string> =>
  pick(headers, SHOWN_OF_RESPONSES)

function pick(headers: Pick<Headers, 'get'>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) picked[name] = value
  }
  return picked
}
