import { type EncodedBody, encodeBody } from './encode-body.ts'
import type { OperationCall, ParameterSlot } from './operation-call.ts'
import { asPairs, inHeader, inPath, type Pair } from './serialize-parameter.ts'

type Args = Record<string, unknown>

/** What a call of an operation sends. */
export interface OperationRequest {
  /** Path and query. */
  url: string
  headers: Record<string, string>
  body: EncodedBody['content'] | undefined
}

/** What the server sends, which no argument speaks for. */
export interface ServerSide {
  /** Whether it sends a header itself. */
  isSent(header: string): boolean
  /** Values of API keys by the name of their security scheme. */
  keys: ReadonlyMap<string, string>
}

/**
 * The request that arguments make.
 *
 * @throws TypeError for arguments that would lead to another path, and a body that its media type cannot hold.
 */
export function requestOf(
  path: string,
  call: OperationCall,
  args: Args,
  server: ServerSide,
): OperationRequest {
  const query: string[] = []
  const cookies: string[] = []
  const headers: Record<string, string> = {}
  const values = new Map<string, string>()
  const present = call.parameters.map((slot) => ({ slot, value: own(args, slot.argument) }))
  for (const { slot, value } of present) {
    if (slot.in === 'path') values.set(slot.name, inPath(slot, value))
    else if (value === undefined || value === null) continue
    else if (slot.in === 'query') query.push(...encodePairs(asPairs(slot, value), slot))
    else if (slot.in === 'cookie') cookies.push(...encodePairs(asPairs(slot, value)))
    else if (!server.isSent(slot.name)) headers[slot.name] = inHeader(slot, value)
  }
  for (const { scheme, in: place, name } of call.keys) {
    const value = server.keys.get(scheme)
    if (value === undefined) continue
    if (place === 'query') query.push(...encodePairs([[name, value]]))
    else if (place === 'cookie') cookies.push(...encodePairs([[name, value]]))
    else headers[name] = value
  }
  if (cookies.length > 0 && !server.isSent('cookie')) headers.cookie = cookies.join('; ')
  if (call.accept !== undefined && !server.isSent('accept')) headers.accept = call.accept
  // some documents tell operations of one path apart by a fragment, which is never sent
  const [template = ''] = path.split('#', 1)
  const filled = template.replace(/\{([^{}]*)\}/g, (_, name) => values.get(name)!)
  const given = call.body && own(args, call.body.argument)
  const body = call.body && given !== undefined ? encodeBody(call.body, given) : undefined
  if (body) headers['content-type'] = body.contentType
  return {
    url: query.length > 0 ? `${filled}${filled.includes('?') ? '&' : '?'}${query.join('&')}` : filled,
    headers,
    body: body?.content,
  }
}

const own = (args: Args, name: string): unknown => (Object.hasOwn(args, name) ? args[name] : undefined)

function encodePairs(pairs: Pair[], slot?: ParameterSlot): string[] {
  const encode = slot?.allowReserved ? encodeUnreserved : encodeURIComponent
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`)
}

// OpenAPI 3.1.1, "Parameter Object": reserved characters stay, but those that would end the value
const encodeUnreserved = (value: string): string =>
  encodeURI(value).replace(/[#&+]/g, encodeURIComponent).replaceAll('%5B', '[').replaceAll('%5D', ']')
