import type {
  ClientCapabilities,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { isObject } from '../utils/type-guards.ts'
import { requiresInput } from './input-required.ts'

/** A request of a server to its client, such as `elicitation/create`, without its JSON-RPC id. */
export type ServerRequest = Pick<JSONRPCRequest, 'method' | 'params'>

/**
 * Sends a request of a server to its client. It resolves with the client's result and rejects with the error that the
 * server gets. It stays pending if the exchange ends with the request, as a round of 2026-07-28 does.
 */
export type SendServerRequest = (request: ServerRequest) => Promise<Result>

/** The exchange in which a server sends requests to its client. */
export interface RequestingExchange {
  /** Sends the server a request that its client did not send. */
  call(method: string, params: object, extra?: MessageExtraInfo): Promise<JSONRPCResponse>
  /** Gives a request its final reply. */
  answer(response: JSONRPCResponse): void
  /** Ends the exchange. With a refusal, its reader gets that in place of the replies. */
  end(failure?: Refusal): void
}

/** Sends the requests of a server to its client in one exchange, or refuses them. */
export interface ClientRequester {
  /** Advice for the author of a server whose client cannot be reached; undefined if it can be. */
  readonly remedy?: string
  ask(
    ...asked: [...Parameters<SendServerRequest>, exchange: RequestingExchange]
  ): ReturnType<SendServerRequest>
  /** Returns the final reply of a server, as it is or changed; undefined if another reply takes its place. */
  answer(response: JSONRPCResponse, exchange: RequestingExchange): JSONRPCResponse | undefined
}

export const noBackChannel = (what: string, remedy: string): Refusal => {
  const reason = 'no-back-channel'
  return new Refusal(reason, `${what} cannot reach the client: ${remedy}`, { data: { reason } })
}

/** Whether an error is the refusal of a request that cannot reach the client. */
export const isNoBackChannel = (error: unknown): boolean =>
  error instanceof Error && 'data' in error && isObject(error.data) && error.data.reason === 'no-back-channel'

/** Creates a requester that refuses every request with the advice, since none can reach the client. */
export const createRefusingRequester = (remedy: string): ClientRequester => ({
  remedy,
  ask: async ({ method }) => {
    throw noBackChannel(method, remedy)
  },
  answer: (response) => {
    if (!requiresInput(response)) return response
    const { code, message, data } = noBackChannel('input_required', remedy)
    // The SDK words the error of a handler whose request was refused like this.
    return errorMessage(response.id, { code, message: `MCP error ${code}: ${message}`, data })
  },
})

/** Refuses the requests of a 2025-era server without a session: its client has no way to answer them. */
export const statelessRequester: ClientRequester = createRefusingRequester(
  'serve 2025-era clients with sessions',
)

/** Refuses the requests of a 2026-07-28 server while it serves a method that may not answer with `input_required`. */
export const unsupportedMethodRequester: ClientRequester = createRefusingRequester(
  'only tools/call, prompts/get and resources/read may ask',
)

const ELICITATION = 'elicitation/create'
const SAMPLING = 'sampling/createMessage'
const ROOTS = 'roots/list'

/** Returns the refusal of a request that this client cannot get; undefined if it can. */
export function findRequestRefusal(
  question: ServerRequest,
  declared: ClientCapabilities,
): Refusal | undefined {
  const { method, params } = question
  if (![ELICITATION, SAMPLING, ROOTS].includes(method) || params?.task) {
    return noBackChannel(method, 'an input_required result has no place for it')
  }
  const requiredCapabilities = listRequiredCapabilities(question, declared)
  if (declares(declared, requiredCapabilities)) return undefined
  const message = `The client does not declare what ${method} needs`
  return new Refusal('missing-capability', message, { data: { requiredCapabilities } })
}

function listRequiredCapabilities(
  { method, params }: ServerRequest,
  { elicitation }: ClientCapabilities,
): ClientCapabilities {
  if (method === ROOTS) return { roots: {} }
  if (method === SAMPLING) return { sampling: params?.tools || params?.toolChoice ? { tools: {} } : {} }
  if (params?.mode === 'url') return { elicitation: { url: {} } }
  // An empty `elicitation` capability means form mode.
  return { elicitation: elicitation?.url ? { form: {} } : {} }
}

const declares = (declared: object, required: object): boolean =>
  Object.entries(required).every(([name, more]) => {
    const own = (declared as Record<string, object | undefined>)[name]
    return own && declares(own, more)
  })

/** The messages of both SDKs' errors for requests that a client does not support. */
const OBJECTION =
  /^(?:Client does not support (?:(form|url) elicitation|(sampling tools) capability|[a-z ]+)|Cannot request input [^(]+)(?:\.| \((?:required for )?(elicitation\/create|sampling\/createMessage|roots\/list|notifications\/elicitation\/complete)\)(?:: .+)?)$/i

/** Reads the request from such a message, which does not always name the mode: then every mode is returned. */
function parseObjection(text: string): ServerRequest[] {
  const [, mode, tools, method] = OBJECTION.exec(text) ?? []
  if (mode) return [{ method: ELICITATION, params: { mode: mode.toLowerCase() } }]
  if (tools) return [{ method: SAMPLING, params: { tools } }]
  return method ? [{ method }, { method, params: { mode: 'url' } }] : []
}

/**
 * Returns the error to show for a request that fails because no client can be reached. A server without a client says
 * that the client supports nothing, which is misleading.
 *
 * @param remedy - See {@link ClientRequester.remedy}.
 */
export function addRemedy(error: unknown, remedy: string | undefined): unknown {
  const [question] = remedy !== undefined && error instanceof Error ? parseObjection(error.message) : []
  return question ? noBackChannel(question.method, remedy as string) : error
}

/** Returns the refusal of the missing capability that a handler's reply failed for; undefined if it has another cause. */
export function findMissingCapability(
  response: JSONRPCResponse,
  refused: readonly Refusal[],
  declared: ClientCapabilities,
): Refusal | undefined {
  const text = readFailure(response)
  if (typeof text !== 'string') return undefined
  const known = refused.find(({ message }) => text.endsWith(message))
  return known ?? parseObjection(text).flatMap((question) => findRequestRefusal(question, declared) ?? [])[0]
}

const readFailure = (response: JSONRPCResponse): unknown =>
  'error' in response ? response.error.message : readToolError(response)

/** Returns the first text of a tool's result with `isError`. */
export function readToolError(response: JSONRPCResponse): unknown {
  if (!('result' in response)) return undefined
  const { isError, content } = response.result
  return isError === true && Array.isArray(content) ? content[0]?.text : undefined
}
