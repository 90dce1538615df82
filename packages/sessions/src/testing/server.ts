import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { inputRequired, inputResponses, type McpServerFactory } from '@portico-mcp/core'
import { z } from 'zod'

const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })

/** What the tests let tools of a server wait for, and hear of what they do. */
export class Stage {
  readonly gates = new Map<string, () => void>()
  readonly built: McpServer[] = []
  closed = 0
  aborted: unknown[] = []

  /** Lets a call of `wait` go on. */
  open(key: string): void {
    this.gates.get(key)?.()
  }

  readonly factory: McpServerFactory = () => {
    const server = new McpServer(
      { name: 'staged', version: '1.0.0' },
      { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } } },
    )
    this.built.push(server)
    server.server.onclose = () => {
      this.closed += 1
    }
    this.#register(server)
    return server
  }

  #register(server: McpServer): void {
    server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text: said }) => text(said))
    server.registerTool('session', {}, ({ sessionId }) => text(sessionId))
    server.registerTool('client', {}, () =>
      text(JSON.stringify([server.server.getClientVersion(), server.server.getClientCapabilities()])),
    )
    server.registerTool('wait', { inputSchema: { key: z.string() } }, async ({ key }, { signal }) => {
      await new Promise<void>((resolve) => {
        this.gates.set(key, resolve)
        signal.addEventListener('abort', () => {
          this.aborted.push(key)
          resolve()
        })
      })
      return text(`waited for ${key}`)
    })
    server.registerTool(
      'steps',
      { inputSchema: { key: z.string(), count: z.number() } },
      async ({ key, count }, { sendNotification, _meta }) => {
        for (let progress = 1; progress <= count; progress++) {
          await sendNotification({
            method: 'notifications/progress',
            params: { progressToken: _meta?.progressToken ?? 'none', progress },
          })
          await new Promise<void>((resolve) => this.gates.set(`${key} ${progress}`, resolve))
        }
        return text(`made ${count} steps`)
      },
    )
    server.registerTool(
      'ask',
      { inputSchema: { related: z.boolean() } },
      async ({ related }, { sendRequest }) => {
        const params = {
          message: 'Who are you?',
          requestedSchema: { type: 'object' as const, properties: { name: { type: 'string' as const } } },
        }
        const answer = related
          ? await sendRequest({ method: 'elicitation/create', params }, z.looseObject({}))
          : await server.server.elicitInput(params)
        return text(JSON.stringify(answer))
      },
    )
    server.registerTool('sample', {}, async () => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hello' } }]
      return text(JSON.stringify(await server.server.createMessage({ messages, maxTokens: 10 })))
    })
    server.registerTool('roots', {}, async () => text(JSON.stringify(await server.server.listRoots())))
    server.registerTool(
      'hang up',
      { inputSchema: { standalone: z.boolean() } },
      async ({ standalone }, { closeSSEStream, closeStandaloneSSEStream }) => {
        if (standalone) closeStandaloneSSEStream?.()
        else closeSSEStream?.()
        await new Promise<void>((resolve) => this.gates.set('hung up', resolve))
        return text('called back')
      },
    )
    server.registerTool('wants', {}, async (extra) => {
      const answers = inputResponses(extra)
      if (answers) return text(JSON.stringify(answers))
      const params = { message: 'Who?', requestedSchema: { type: 'object' as const, properties: {} } }
      return inputRequired({ inputRequests: { who: { method: 'elicitation/create', params } } }) as never
    })
    server.registerTool(
      'log',
      { inputSchema: { related: z.boolean() } },
      async ({ related }, { sendNotification }) => {
        for (const level of ['debug', 'error'] as const) {
          const params = { level, data: `a ${level}` }
          if (related) await sendNotification({ method: 'notifications/message', params })
          else await server.server.sendLoggingMessage(params)
        }
        return text('logged')
      },
    )
    server.registerTool('touch', { inputSchema: { uri: z.string() } }, async ({ uri }) => {
      await server.server.sendResourceUpdated({ uri })
      return text('touched')
    })
    server.registerTool('close', {}, async () => {
      await server.close()
      return text('closed')
    })
    server.registerResource('doc', 'doc://one', {}, async ({ href }) => ({
      contents: [{ uri: href, text: 'one' }],
    }))
  }
}
