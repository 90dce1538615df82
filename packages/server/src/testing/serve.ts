import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import { createHTTPServer, type HTTPServer, type HTTPServerInput, type HTTPServerOptions } from '../index.ts'

/** What was logged, a line each. */
export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error'
  details: any
  message: string
}

/** A logger that keeps its lines. */
export function keepLines() {
  const lines: Line[] = []
  const at = (level: Line['level']) => (details: object, message: string) =>
    void lines.push({ level, details, message })
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

/** A server with the tools that tests call. */
export const definition = (): HTTPServerInput & { name: string; version: string } => ({
  name: 'tested',
  version: '1.2.3',
  setup(server, { logger }) {
    server.registerTool('echo', {}, async ({ requestInfo, authInfo }) => ({
      content: [
        { type: 'text', text: JSON.stringify({ url: requestInfo?.url, client: authInfo?.clientId }) },
      ],
    }))
    server.registerTool('fail', {}, async () => {
      logger.warn({ password: 'hunter2' }, 'about to fail')
      throw new Error('a tool failed')
    })
  },
})

const open = new Set<HTTPServer>()

afterEach(async () => {
  await Promise.all([...open].map(({ close }) => close()))
  open.clear()
})

/** Serves on a free port until the test is over; silent unless told otherwise. */
export async function serve(
  input: HTTPServerInput = definition(),
  options: HTTPServerOptions = {},
): Promise<HTTPServer> {
  const server = await createHTTPServer(input, {
    port: 0,
    signals: false,
    drainTimeoutMs: 1000,
    logger: keepLines().logger,
    ...options,
  })
  open.add(server)
  return server
}

export const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params })

/** What a 2025-era client begins with. */
export const initialize = rpc('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'c', version: '1' },
})

/** Posts a message as a 2025-era client does. */
export const post = (url: string, body: object = rpc('ping'), headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      // the next server may have the same port
      connection: 'close',
      ...headers,
    },
    body: JSON.stringify(body),
  })

export const call = (url: string, name: string, headers?: Record<string, string>) =>
  post(url, rpc('tools/call', { name, arguments: {} }), headers)

/** Posts with headers that `fetch` sets by itself. */
export function postRaw(
  url: string,
  headers: Record<string, string>,
  { method = 'POST', body = JSON.stringify(rpc('ping')) }: { method?: string; body?: string } = {},
): Promise<{ status: number; json: any }> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers }
    httpRequest(url, { method, headers: all }, async (response) => {
      const answered = await text(response)
      resolve({ status: response.statusCode ?? 0, json: JSON.parse(answered) })
    })
      .on('error', reject)
      .end(method === 'POST' ? body : undefined)
  })
}
