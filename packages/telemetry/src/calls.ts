/** A request or notification in a body. */
export interface Call {
  method: string
  /** Undefined for a notification. */
  id?: string | number
  /** The tool or prompt that it names. */
  target?: string
  uri?: string
  /** The protocol version that it names, or requests. */
  version?: string
  meta: Record<string, unknown>
}

// a batch that is served has no more
const MAX_CALLS = 100

const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'

/** Reads the requests and notifications in a body. Malformed ones are skipped: the handler refuses them. */
export const readCalls = (body: unknown): Call[] =>
  (Array.isArray(body) ? body.slice(0, MAX_CALLS) : [body]).flatMap(readCall)

function readCall(message: unknown): Call[] {
  if (!isObject(message) || typeof message.method !== 'string') return []
  const { method, id } = message
  const params = isObject(message.params) ? message.params : {}
  const meta = isObject(params._meta) ? params._meta : {}
  return [
    {
      method,
      id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
      target: method === 'tools/call' || method === 'prompts/get' ? textOf(params.name) : undefined,
      uri: method.startsWith('resources/') ? textOf(params.uri) : undefined,
      version:
        textOf(meta[PROTOCOL_VERSION]) ??
        (method === 'initialize' ? textOf(params.protocolVersion) : undefined),
      meta,
    },
  ]
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Returns whether a JSON value is an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
