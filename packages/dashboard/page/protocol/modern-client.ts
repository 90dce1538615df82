import { place } from '../place.ts'
import {
  CLIENT_INFO,
  checkAuthorized,
  nextId,
  type Reply,
  type RequestOptions,
  readReply,
} from './messages.ts'
import { headerValue } from './param-headers.ts'

// the page has its own client: the official one is 324 kB, this and signing in are a few
const VERSION = '2026-07-28'

const META = 'io.modelcontextprotocol/'

const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
}

/** The page shows MCP Apps. */
const EXTENSIONS = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }

/** Sends one request of 2026-07-28, and reads messages until its reply. */
export async function sendModern(
  method: string,
  params: object,
  options: RequestOptions = {},
): Promise<Reply> {
  const id = nextId()
  const { token, signal, headers, progressToken, logLevel, extensions, onmessage } = options
  const _meta = {
    [`${META}protocolVersion`]: VERSION,
    [`${META}clientInfo`]: CLIENT_INFO,
    [`${META}clientCapabilities`]: { ...CAPABILITIES, extensions: { ...EXTENSIONS, ...extensions } },
    ...(progressToken !== undefined && { progressToken }),
    ...(logLevel && { [`${META}logLevel`]: logLevel }),
  }
  const message = { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
  onmessage?.('sent', message)
  const response = await fetch(place.endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      'x-portico-dashboard': '1',
      ...nameHeader(params),
      ...headers,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(message),
    signal: signal ?? null,
  })
  checkAuthorized(response)
  return readReply(response, id, options)
}

function nameHeader(params: { name?: unknown; uri?: unknown; taskId?: unknown }): Record<string, string> {
  const name = params.name ?? params.uri ?? params.taskId
  return typeof name === 'string' ? { 'mcp-name': headerValue(name) } : {}
}
