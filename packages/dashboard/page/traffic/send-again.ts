import type { Exchange } from '../../src/exchange.ts'
import { withToken } from '../access.ts'
import { place } from '../place.ts'
import { connectLegacy } from '../protocol/legacy-client.ts'
import { checkAuthorized } from '../protocol/messages.ts'
import { headerValue, paramHeaders } from '../protocol/param-headers.ts'
import { lists } from '../server.ts'
import { readMessages } from './read-exchange.ts'

/** The response to a request that was sent again. */
export interface Replayed {
  status: number
  durationMs: number
  text: string
  messages: unknown[]
  /** Whether the response went on after the longest wait. */
  isCut: boolean
}

const LONGEST_MS = 30_000
const KEPT_HEADERS = ['accept', 'content-type', 'mcp-protocol-version']

/** Sends a recorded request again, with the token of the page, and in a session of the page if it had one. */
export const sendAgain = (exchange: Exchange, body: string): Promise<Replayed> =>
  withToken(async (token) => {
    const headers = buildHeaders(exchange, body, token)
    if (exchange.session !== undefined) {
      const { sessionId } = await connectLegacy({ withSession: true, token })
      if (sessionId !== undefined) headers['mcp-session-id'] = sessionId
    }
    const began = performance.now()
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), LONGEST_MS)
    const response = await fetch(place.endpoint, {
      method: 'POST',
      headers,
      body,
      signal: controller.signal,
    })
    checkAuthorized(response)
    const text = await readText(response, controller.signal)
    clearTimeout(timer)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    return {
      status: response.status,
      durationMs: performance.now() - began,
      text,
      messages: readMessages(text, isStream),
      isCut: controller.signal.aborted,
    }
  })

function buildHeaders(
  { headers: recorded }: Exchange,
  body: string,
  token: string | undefined,
): Record<string, string> {
  const kept = KEPT_HEADERS.flatMap((name) => (recorded[name] === undefined ? [] : [[name, recorded[name]]]))
  return {
    ...Object.fromEntries(kept),
    ...(recorded['mcp-method'] !== undefined && mirrorHeaders(body)),
    'x-portico-dashboard': '1',
    ...(token && { authorization: `Bearer ${token}` }),
  }
}

/** The headers that repeat parts of the body (2026-07-28, Streamable HTTP), for a body that may have been edited. */
function mirrorHeaders(body: string): Record<string, string> {
  const { method, params = {} } = JSON.parse(body)
  const name = params.name ?? params.uri ?? params.taskId
  const tool = lists.tools.peek()?.items.find((one) => one.name === params.name)
  return {
    'mcp-method': String(method),
    ...(typeof name === 'string' && { 'mcp-name': headerValue(name) }),
    ...(method === 'tools/call' && paramHeaders(tool?.inputSchema, params.arguments)),
  }
}

/** Reads a response to its end, or until its reader is aborted. */
async function readText({ body }: Response, signal: AbortSignal): Promise<string> {
  if (!body) return ''
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return text
}
