import type { ApiCallOptions } from './api-call.ts'
import { isObject } from './objects.ts'
import type { BodySlot, OperationCall } from './operation-call.ts'
import { asPairs, inHeader, inPath, type Pair, textOf } from './serialize-parameter.ts'

type Args = Record<string, unknown>

/** What a call of an operation sends. */
export interface OperationRequest extends Pick<ApiCallOptions, 'body'> {
  /** Path and query. */
  url: string
  headers: Record<string, string>
}

/**
 * The request that arguments make.
 *
 * @param isSent - Whether the server sends a header itself: no argument speaks for it then.
 * @throws TypeError for arguments that would lead to another path.
 */
export function requestOf(
  path: string,
  { parameters, body }: OperationCall,
  args: Args,
  isSent: (header: string) => boolean,
): OperationRequest {
  const query: Pair[] = []
  const cookies: Pair[] = []
  const headers: Record<string, string> = {}
  const values = new Map<string, string>()
  for (const slot of parameters) {
    const value = Object.hasOwn(args, slot.argument) ? args[slot.argument] : undefined
    if (slot.in === 'path') values.set(slot.name, inPath(slot, value))
    else if (value === undefined || value === null) continue
    else if (slot.in === 'query') query.push(...asPairs(slot, value))
    else if (slot.in === 'cookie') cookies.push(...asPairs(slot, value))
    else if (!isSent(slot.name)) headers[slot.name] = inHeader(slot, value)
  }
  if (cookies.length > 0 && !isSent('cookie')) headers.cookie = encoded(cookies, '; ')
  const filled = path.replace(/\{([^{}]*)\}/g, (_, name) => values.get(name)!)
  const given = body && args[body.argument]
  return {
    url: query.length > 0 ? `${filled}?${encoded(query, '&')}` : filled,
    headers: body && given !== undefined ? { ...headers, ...typeOf(body) } : headers,
    body: body && given !== undefined ? bodyOf(body, given) : undefined,
  }
}

const encoded = (pairs: Pair[], separator: string): string =>
  pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join(separator)

const isMultipart = ({ mediaType }: BodySlot): boolean => /^multipart\/form-data/i.test(mediaType)
const isJson = ({ mediaType }: BodySlot): boolean => /[/+]json\b/i.test(mediaType)

// the boundary of a multipart body is not known yet
const typeOf = (slot: BodySlot): Record<string, string> =>
  isMultipart(slot) || /\*/.test(slot.mediaType) ? {} : { 'content-type': slot.mediaType }

function bodyOf(slot: BodySlot, value: unknown): unknown {
  if (isJson(slot)) return value
  const members = Object.entries(isObject(value) ? value : {}).flatMap(([name, member]) =>
    [member].flat().map((one): Pair => [name, textOf(one)]),
  )
  if (/x-www-form-urlencoded/i.test(slot.mediaType)) return new URLSearchParams(members)
  if (!isMultipart(slot)) return textOf(value)
  const form = new FormData()
  for (const [name, member] of members) form.append(name, member)
  return form
}
