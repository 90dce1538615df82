import { place } from '../place.ts'
import { eventFrames } from './event-frames.ts'
import {
  CLIENT_INFO,
  checkAuthorized,
  type Notification,
  nextId,
  type Question,
  type Reply,
  type RequestOptions,
  readReply,
} from './messages.ts'

const VERSION = '2025-11-25'

const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
}

/** What a server said at `initialize`. */
export interface Connection {
  version: string
  result: any
  sessionId?: string
}

interface Wanted {
  withSession: boolean
  token: string | undefined
}

let current: { wanted: Wanted; connection: Promise<Connection>; controller: AbortController } | undefined

/** Called with what a server sends outside of a request of the page. */
export const unrelated: {
  onnotification?: (notification: Notification) => void
  onrequest?: (question: Question) => Promise<object>
} = {}

/** Connects as a 2025-era client, once for each token, and returns what the server said. */
export function connectLegacy(wanted: Wanted): Promise<Connection> {
  const isSame = current?.wanted.withSession === wanted.withSession && current.wanted.token === wanted.token
  if (current && isSame) return current.connection
  disconnectLegacy()
  const controller = new AbortController()
  const connection = initialize(wanted, controller.signal)
  current = { wanted, connection, controller }
  connection.catch(() => {
    if (current?.connection === connection) current = undefined
  })
  return connection
}

/** Ends the session of the page. */
export function disconnectLegacy(): void {
  if (!current) return
  const { connection, controller, wanted } = current
  current = undefined
  controller.abort()
  connection
    .then(({ sessionId }) =>
      sessionId === undefined
        ? undefined
        : fetch(place.endpoint, { method: 'DELETE', headers: headersOf(wanted.token, sessionId) }),
    )
    .catch(() => {})
}

/** Sends one request of the 2025 era, answers the server's questions, and reads messages until the reply. */
export async function sendLegacy(
  withSession: boolean,
  method: string,
  params: object,
  options: RequestOptions = {},
): Promise<Reply> {
  const { token, progressToken, logLevel } = options
  const connection = await connectLegacy({ withSession, token })
  const { sessionId } = connection
  if (logLevel && sessionId !== undefined && connection.result.capabilities?.logging) {
    await post({ id: nextId(), method: 'logging/setLevel', params: { level: logLevel } }, options, sessionId)
  }
  const id = nextId()
  const meta = progressToken === undefined ? {} : { _meta: { progressToken } }
  const response = await post({ id, method, params: { ...params, ...meta } }, options, sessionId)
  if (response.status === 404 && sessionId !== undefined) {
    disconnectLegacy()
    throw new Error('The session has ended. Send the request again to open another one')
  }
  options.signal?.addEventListener('abort', () => {
    const reason = { requestId: id, reason: 'Cancelled in the dashboard' }
    const { signal: _, ...others } = options
    post({ method: 'notifications/cancelled', params: reason }, others, sessionId).catch(() => {})
  })
  return readReply(response, id, options, (question) => void answer(question, options, sessionId))
}

async function answer(message: any, options: RequestOptions, sessionId: string | undefined): Promise<void> {
  const { onrequest = refuse } = options
  const ask = message.method === 'ping' ? async () => ({}) : onrequest
  const reply = await ask({ method: message.method, params: message.params }).then(
    (result) => ({ id: message.id, result }),
    (error: Error) => ({ id: message.id, error: { code: -32601, message: error.message } }),
  )
  await post(reply, options, sessionId).catch(() => {})
}

const refuse = async (): Promise<object> => {
  throw new Error('No call is in progress that could answer this')
}

async function initialize(wanted: Wanted, signal: AbortSignal): Promise<Connection> {
  const { token, withSession } = wanted
  const params = { protocolVersion: VERSION, capabilities: CAPABILITIES, clientInfo: CLIENT_INFO }
  const id = nextId()
  const response = await post({ id, method: 'initialize', params }, { token, signal })
  const { result, error } = await readReply(response, id, {})
  if (error) throw new Error(error.message)
  const given = response.headers.get('mcp-session-id') ?? undefined
  if (withSession && given === undefined) throw new Error('The server opens no session for 2025-era clients')
  const sessionId = withSession ? given : undefined
  if (!withSession && given !== undefined) {
    void fetch(place.endpoint, { method: 'DELETE', headers: headersOf(token, given) })
  }
  await post({ method: 'notifications/initialized' }, { token, signal }, sessionId)
  if (sessionId !== undefined) void follow(sessionId, token, signal)
  return { version: result.protocolVersion, result, ...(sessionId !== undefined && { sessionId }) }
}

const PAUSE_MS = 1000

/** Reads the stream that a session has for messages which belong to no request, again whenever it ends. */
async function follow(sessionId: string, token: string | undefined, signal: AbortSignal): Promise<void> {
  const headers = { ...headersOf(token, sessionId), accept: 'text/event-stream' }
  while (!signal.aborted) {
    const response = await fetch(place.endpoint, { headers, signal }).catch(() => undefined)
    // the server has no such stream, or the session has ended
    if (response && !response.ok) return
    if (response?.body) await readStream(response.body, sessionId, token)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  sessionId: string,
  token: string | undefined,
): Promise<void> {
  try {
    for await (const data of eventFrames(body)) {
      const message = JSON.parse(data)
      if (message.method && message.id !== undefined) {
        void answer(message, { token, ...unrelated }, sessionId)
      } else if (message.method) unrelated.onnotification?.(message)
    }
  } catch {
    // the session or the page has ended, or the connection broke
  }
}

async function post(
  message: Record<string, unknown>,
  { token, signal, headers, onmessage }: RequestOptions,
  sessionId?: string,
): Promise<Response> {
  const whole = { jsonrpc: '2.0', ...message }
  if (message.method !== 'logging/setLevel') onmessage?.('sent', whole)
  const response = await fetch(place.endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headersOf(token, sessionId),
      ...headers,
    },
    body: JSON.stringify(whole),
    signal: signal ?? null,
  })
  checkAuthorized(response)
  return response
}

const headersOf = (token: string | undefined, sessionId: string | undefined): Record<string, string> => ({
  'mcp-protocol-version': VERSION,
  'x-portico-dashboard': '1',
  ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
  ...(token && { authorization: `Bearer ${token}` }),
})
