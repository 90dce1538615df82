import { type EncodedBody, encodeBody } from './encode-body.ts'
import type { OperationCall, ParameterSlot } from './operation-call.ts'
import { type Pair, serializeHeader, serializePairs, serializePath } from './serialize-parameter.ts'

type Args = Record<string, unknown>

/** The request of a call. */
export interface OperationRequest {
  /** The path and query. */
  url: string
  headers: Record<string, string>
  body: EncodedBody['content'] | undefined
}

/** What the server sends itself, which arguments cannot replace. */
export interface ServerSide {
  /** Whether the server sends a header. */
  isSent(header: string): boolean
  /** API keys by the name of their security scheme. */
  keys: ReadonlyMap<string, string>
}

/**
 * Builds the request of a call from the arguments of a tool.
 *
 * @throws TypeError if an argument would lead to another path, or if the media type cannot represent the body.
 */
export function buildRequest(
  path: string,
  call: OperationCall,
  args: Args,
  server: ServerSide,
): OperationRequest {
  const query: string[] = []
  const cookies: string[] = []
  const headers: Record<string, string> = {}
  const values = new Map<string, string>()
  const present = call.parameters.map((slot) => ({ slot, value: readArgument(args, slot.argument) }))
  for (const { slot, value } of present) {
    if (slot.in === 'path') values.set(slot.name, serializePath(slot, value))
    else if (value === undefined || value === null) continue
    else if (slot.in === 'query') query.push(...encodePairs(serializePairs(slot, value), slot))
    else if (slot.in === 'cookie') cookies.push(...encodePairs(serializePairs(slot, value)))
    else if (!server.isSent(slot.name)) headers[slot.name] = serializeHeader(slot, value)
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
  // Some documents distinguish operations of one path by a fragment, which is never sent.
  const [template = ''] = path.split('#', 1)
  const filled = template.replace(/\{([^{}]*)\}/g, (_, name) => values.get(name)!)
  const bodyArgument = call.body && readArgument(args, call.body.argument)
  const body = call.body && bodyArgument !== undefined ? encodeBody(call.body, bodyArgument) : undefined
  if (body) headers['content-type'] = body.contentType
  return {
    url: query.length > 0 ? `${filled}${filled.includes('?') ? '&' : '?'}${query.join('&')}` : filled,
    headers,
    body: body?.content,
  }
}

const readArgument = (args: Args, name: string): unknown =>
  Object.hasOwn(args, name) ? args[name] : undefined

function encodePairs(pairs: Pair[], slot?: ParameterSlot): string[] {
  const encode = slot?.allowReserved ? encodeUnreserved : encodeURIComponent
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`)
}

// Reserved characters are kept, except for those that would end the value (OpenAPI 3.1.1, "Parameter Object").
const encodeUnreserved = (value: string): string =>
  encodeURI(value).replace(/[#&+]/g, encodeURIComponent).replaceAll('%5B', '[').replaceAll('%5D', ']')
