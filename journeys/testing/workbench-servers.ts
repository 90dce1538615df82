import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { InMemoryEventStore, sessions } from '@portico-mcp/sessions'
import { tasks } from '@portico-mcp/tasks'
import { z } from 'zod'
import { serveDashboard } from './dashboards.ts'
import { listen } from './server.ts'

const text = (text: string, isError = false) => ({ content: [{ type: 'text' as const, text }], isError })

function createBenchServer(): McpServer {
  const server = new McpServer({ name: 'bench', version: '1.0.0' }, { capabilities: { logging: {} } })
  const secret = { text: z.string(), password: z.string().optional() }
  server.registerTool('echo', { inputSchema: secret }, async ({ text: said }) => text(`said ${said}`))
  server.registerTool('divide', { inputSchema: { by: z.number() } }, async ({ by }) =>
    by === 0 ? text('cannot divide by 0', true) : text(`is ${100 / by}`),
  )
  server.registerTool('token', {}, async () => text('Bearer hunter2hunter2'))
  server.registerTool('count', {}, async () => text('1, 2, 3'))
  server.registerTool('wait', {}, async ({ _meta, sendNotification, signal }) => {
    const params = { progressToken: _meta?.progressToken ?? 'none', progress: 1, total: 2 }
    await sendNotification({ method: 'notifications/progress', params })
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return text('waited')
  })
  server.registerTool(
    'flood',
    { inputSchema: { lines: z.number().int().default(5000) } },
    async ({ lines }, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken
      for (let line = 0; line < lines; line++) {
        const level = line % 100 === 0 ? ('error' as const) : ('info' as const)
        await sendNotification({ method: 'notifications/message', params: { level, data: `line ${line}` } })
        if (progressToken === undefined || line % 5 !== 0) continue
        const params = { progressToken, progress: line / 5 + 1, total: lines / 5 }
        await sendNotification({ method: 'notifications/progress', params })
      }
      return text('flooded')
    },
  )
  server.registerTool('ask', {}, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which colour?',
      requestedSchema: { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] },
    })
    return text(`${action} ${content?.colour}`)
  })
  addQuestions(server)
  addDocuments(server)
  for (const family of ['order', 'user']) {
    for (let number = 1; number <= 6; number++) {
      server.registerTool(`${family}_${number}`, {}, async () => text('done'))
    }
  }
  return server
}

/** Tools that ask for a reply of a model, for roots, and to open a URL. */
function addQuestions(server: McpServer): void {
  server.registerTool('sample', {}, async () => {
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'A word?' } }]
    const { content } = await server.server.createMessage({ messages, maxTokens: 10 })
    return text(`the model says ${(content as { text?: string }).text}`)
  })
  server.registerTool('list-roots', {}, async () => {
    const { roots } = await server.server.listRoots()
    return text(`roots: ${roots.map(({ uri }) => uri).join(' ')}`)
  })
  server.registerTool('visit', {}, async () => {
    const url = 'https://pay.example/7'
    const { action } = await server.server.elicitInput({
      mode: 'url',
      message: 'Pay',
      url,
      elicitationId: 'e7',
    })
    return text(`visited: ${action}`)
  })
}

const PDF = [
  '%PDF-1.4',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj',
  'trailer<</Root 1 0 R>>',
].join('\n')

/** A tool with rules for its arguments, and one that answers files, tables and links. */
function addDocuments(server: McpServer): void {
  const booking = {
    email: z.email(),
    seats: z.number().int().min(1).max(4),
    at: z.iso.datetime({ offset: true }),
    tags: z.array(z.string().min(2)).max(2).optional(),
  }
  server.registerTool('book', { inputSchema: booking }, async ({ at }) => text(`booked ${at}`))
  const uri = 'file:///notes/today.md'
  server.registerTool('documents', {}, async () => ({
    content: [
      { type: 'resource_link' as const, uri, name: 'today' },
      blob('file:///reports/report.pdf', 'application/pdf', PDF),
      blob('file:///reports/raw.bin', 'application/octet-stream', 'raw bytes'),
      {
        type: 'resource' as const,
        resource: {
          uri: 'file:///prices.csv',
          mimeType: 'text/csv',
          text: 'name,price\n"Tea, green",3\nMilk,1',
        },
      },
    ],
    structuredContent: {
      rows: [
        { name: 'Tea', price: 3, origin: { country: 'Japan' } },
        { name: 'Milk', price: 1, origin: { country: 'Denmark' } },
      ],
    },
  }))
  server.registerTool('rewrite', {}, async ({ sendNotification }) => {
    await sendNotification({ method: 'notifications/resources/list_changed' })
    return text('rewritten')
  })
  server.registerResource('today', uri, { mimeType: 'text/markdown' }, async () => ({
    contents: [{ uri, mimeType: 'text/markdown', text: '# Read me today' }],
  }))
}

const blob = (uri: string, mimeType: string, content: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, blob: btoa(content) },
})

/** A server that answers `server/discover` without capabilities, which audits notice. */
export const serveBroken = (): Promise<string> =>
  serveDashboard(
    () => {
      const inner = createMcpHandler(createBenchServer)
      return {
        ...inner,
        fetch: async (request, options) => {
          const response = await inner.fetch(request, { ...options, responseWriter: undefined })
          if (request.headers.get('mcp-method') !== 'server/discover') return response
          const body = await response.json()
          return Response.json({ ...body, result: { ...body.result, supportedVersions: 'none' } })
        },
      }
    },
    () => ({ audits: () => import('@portico-mcp/audits') }),
  )

/** A server whose tools become tasks: one that asks on the way, and one that ends when it is cancelled. */
export const serveTasks = (): Promise<string> =>
  serveDashboard(() =>
    createMcpHandler(
      () => {
        const server = new McpServer({ name: 'tasks', version: '1.0.0' })
        server.registerTool('survey', {}, async () => {
          const { content } = await server.server.elicitInput({
            message: 'Which colour?',
            requestedSchema: { type: 'object', properties: { colour: { type: 'string' } } },
          })
          return text(`likes ${content?.colour}`)
        })
        server.registerTool('endless', {}, async ({ signal }) => {
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          return text('never')
        })
        return server
      },
      { extensions: [tasks({ tools: { '*': { support: 'optional' } }, pollIntervalMs: 100 })] },
    ),
  )

/** A stateless server of the SDK 1.x alone, which does not speak 2026-07-28; resolves to its URL. */
export async function serveSdkOnly(): Promise<string> {
  const origin = await listen(() => async (request, response) => {
    const server = new SdkServer({ name: 'sdk', version: '1.0.0' })
    const inputSchema = { one: z.number(), other: z.number() }
    server.registerTool('add', { inputSchema }, async ({ one, other }) => text(`is ${one + other}`))
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    await server.connect(transport as Transport)
    await transport.handleRequest(request, response)
  })
  return `${origin}/mcp`
}

/** A server for the workbench: tools that echo, fail, ask, wait and send many messages. */
export function serveBench({ withSessions = true } = {}): Promise<string> {
  if (!withSessions) return serveDashboard(() => createMcpHandler(createBenchServer))
  const legacy = sessions({ eventStore: new InMemoryEventStore() })
  return serveDashboard(
    () => createMcpHandler(createBenchServer, { legacy }),
    () => ({ sessions: legacy, audits: () => import('@portico-mcp/audits') }),
  )
}
