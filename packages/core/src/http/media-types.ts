const JSON_TYPE = /^\s*application\/json\s*(;|$)/i

/** Returns whether a `Content-Type` is `application/json`, with any parameters. */
export const isJsonType = (contentType: string | null | undefined): boolean =>
  JSON_TYPE.test(contentType ?? '')

/**
 * How replies are sent: `auto` as one JSON body unless a notification comes first, `sse` always as a
 * stream, `json` never (notifications before the result are dropped).
 */
export type ResponseMode = 'auto' | 'json' | 'sse'

/** The response types that a request's `Accept` header allows (RFC 9110 §12.5.1). */
export interface Accepted {
  json: boolean
  sse: boolean
  /** Whether both types are named without a wildcard, as the protocol requires of clients. */
  named: boolean
}

const MAX_REMEMBERED = 64

// The result is cached, since clients send few different values.
const remembered = new Map<string, Accepted>()

/** Reads an `Accept` header; without one, everything is accepted. */
export function readAccept(header: string | null): Accepted {
  const key = header ?? ''
  const known = remembered.get(key)
  if (known) return known
  const accepted = parseAccept(header)
  if (key.length <= 256 && remembered.size < MAX_REMEMBERED) remembered.set(key, accepted)
  return accepted
}

function parseAccept(header: string | null): Accepted {
  const ranges = new Map<string, number>()
  for (const item of (header?.trim() || '*/*').toLowerCase().split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    ranges.set(range, quality && Number(quality.slice(2)) <= 0 ? 0 : 1)
  }
  // The most specific range that matches decides (RFC 9110 §12.5.1).
  const allows = (...types: string[]) =>
    types.map((type) => ranges.get(type)).find((q) => q !== undefined) === 1
  const json = 'application/json'
  const sse = 'text/event-stream'
  return {
    json: allows(json, 'application/*', '*/*'),
    sse: allows(sse, 'text/*', '*/*'),
    named: allows(json) && allows(sse),
  }
}

/**
 * Decides how replies are sent to a client that accepts these types.
 *
 * @param preferred - The handler's `responseMode`.
 * @param streaming - Whether the platform can send a response while it is being created.
 */
export function decideMode(
  { json, sse }: Accepted,
  preferred: ResponseMode,
  streaming: boolean | undefined,
): ResponseMode {
  if (!sse || (json && streaming === false)) return 'json'
  return json ? preferred : 'sse'
}
