import { randomUUID } from 'node:crypto'
import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  type FetchHandler,
  McpServer,
  type McpServerFactory,
} from '@portico-mcp/core'
import { type Tasks, type TasksOptions, tasks } from '../index.ts'

export const ID = 'io.modelcontextprotocol/tasks'
const PREFIX = 'io.modelcontextprotocol/'

export const text = (text: string) => ({ content: [{ type: 'text' as const, text }] })

export interface Served {
  /** Calls a method of 2026-07-28, and reads the response. */
  ask(method: string, params?: object, options?: AskOptions): Promise<any>
  /** The same with the HTTP response. */
  send(method: string, params?: object, options?: AskOptions): Promise<Response>
  /** Calls a tool; resolves with the result. */
  call(name: string, args?: object, options?: AskOptions): Promise<any>
  /** Polls a task until it has the status. */
  until(taskId: string, status: string, options?: AskOptions): Promise<any>
  tasks: Tasks
  handler: ReturnType<typeof createMcpHandler>
}

export interface AskOptions {
  capabilities?: object
  headers?: Record<string, string | undefined>
  authInfo?: unknown
  meta?: object
}

const DECLARED = { elicitation: {}, sampling: {}, roots: {}, extensions: { [ID]: {} } }

/** Serves tools with tasks. */
export function serve(
  register: (server: McpServer) => void,
  options: TasksOptions = {},
  handlerOptions: CreateMcpHandlerOptions = {},
  Server: typeof McpServer = McpServer,
  front?: (handler: FetchHandler) => FetchHandler,
): Served {
  return serveFactory(
    () => {
      const server = new Server({ name: 'tested', version: '1.0.0' })
      register(server)
      return server
    },
    options,
    handlerOptions,
    front,
  )
}

/** Serves what a factory builds with tasks. */
export function serveFactory(
  factory: McpServerFactory,
  options: TasksOptions = {},
  handlerOptions: CreateMcpHandlerOptions = {},
  front: (handler: FetchHandler) => FetchHandler = (handler) => handler,
): Served {
  const extension = tasks(options)
  const handler = createMcpHandler(factory, { extensions: [extension], ...handlerOptions })
  const fronted = front(handler)
  const send: Served['send'] = (
    method,
    params = {},
    { capabilities = DECLARED, headers, authInfo, meta } = {},
  ) => {
    const { name, taskId } = params as { name?: string; taskId?: string }
    const mirrored = name ?? taskId
    const all = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(mirrored !== undefined && { 'mcp-name': mirrored }),
      ...headers,
    }
    const _meta = {
      [`${PREFIX}protocolVersion`]: '2026-07-28',
      [`${PREFIX}clientCapabilities`]: capabilities,
      ...meta,
    }
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      body: JSON.stringify({ jsonrpc: '2.0', id: randomUUID(), method, params: { ...params, _meta } }),
    })
    return fronted.fetch(request, authInfo === undefined ? {} : { authInfo: authInfo as never })
  }
  const ask: Served['ask'] = async (...args) => (await send(...args)).json()
  return {
    send,
    ask,
    call: async (name, args = {}, options) => {
      const response = await ask('tools/call', { name, arguments: args }, options)
      return response.result ?? response
    },
    until: async (taskId, status, options) => {
      for (;;) {
        const response = await ask('tasks/get', { taskId }, options)
        if (response.result?.status === status) return response.result
        if (!['working', 'input_required'].includes(response.result?.status))
          throw new Error(`The task ${taskId} is ${JSON.stringify(response)}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    tasks: extension,
    handler,
  }
}
