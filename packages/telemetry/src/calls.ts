/** A request or notification of a body. */
export interface Call {
  method: string
  /** Undefined for a notification. */
  id?: string | number
  /** The tool or prompt that it names. */
  target?: string
  uri?: string
  /** The revision that it says it speaks, or asks to speak. */
  version?: string
  meta: Record<string, unknown>
}

// no more are in a batch that is served
const MAX_CALLS = 100

const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'

/** The requests and notifications of a body; what is malformed is left to the handler. */
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

/** Whether a value of JSON has members. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
