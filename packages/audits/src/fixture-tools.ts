import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture.ts'

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const

/** What became of calls of `audit_wait`, for as long as the process lives. */
const waits = new Map<string, 'waiting' | 'cancelled' | 'finished'>()

/** The requests that `audit_ask` can send to the client. */
const QUESTIONS = {
  sampling: {
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'Hello?' } }], maxTokens: 10 },
  },
  'sampling-tools': {
    method: 'sampling/createMessage',
    params: {
      messages: [{ role: 'user', content: { type: 'text', text: 'Hello?' } }],
      maxTokens: 10,
      tools: [{ name: 'clock', inputSchema: { type: 'object' } }],
    },
  },
  elicitation: {
    method: 'elicitation/create',
    params: {
      message: 'Which?',
      requestedSchema: { type: 'object', properties: { which: { type: 'string' } } },
    },
  },
  'url-elicitation': {
    method: 'elicitation/create',
    params: { mode: 'url', message: 'Open', url: 'https://example.com/', elicitationId: 'audit' },
  },
  roots: { method: 'roots/list' },
} as const

/** The tools of the fixture; schemas are built once. */
export function registerFixtureTools({ z }: AuditFixtureParts): (server: McpServer) => void {
  const any = z.looseObject({})
  const echo = { text: z.string().optional() }
  const mirror = {
    region: z.string().optional().meta({ 'x-mcp-header': 'Region' }),
    count: z.number().int().optional().meta({ 'x-mcp-header': 'Count' }),
    urgent: z.boolean().optional().meta({ 'x-mcp-header': 'Urgent' }),
    place: z.object({ site: z.string().meta({ 'x-mcp-header': 'Site' }) }).optional(),
    plain: z.string().optional(),
  }
  const sum = { input: { a: z.number(), b: z.number() }, output: { sum: z.number() } }
  const progress = {
    values: z.array(z.number()),
    message: z.string().optional(),
    token: z.string().optional(),
  }
  const asked = { what: z.enum(Object.keys(QUESTIONS) as [keyof typeof QUESTIONS]) }
  const wait = { key: z.string(), ms: z.number(), stream: z.boolean().optional() }
  const waited = { key: z.string() }
  const change = { what: z.enum(['tools', 'prompts', 'resources', 'resource']), uri: z.string().optional() }

  return (server) => {
    server.registerTool('audit_echo', { description: 'Says it back', inputSchema: echo }, ({ text = '' }) =>
      said(text),
    )

    server.registerTool('audit_mirror', { description: 'Mirrors', inputSchema: mirror }, (args) =>
      said(JSON.stringify(args)),
    )

    server.registerTool(
      'audit_sum',
      { description: 'Adds', inputSchema: sum.input, outputSchema: sum.output },
      ({ a, b }) => ({ ...said(JSON.stringify({ sum: a + b })), structuredContent: { sum: a + b } }),
    )

    server.registerTool('audit_fail', { description: 'Fails' }, () => {
      throw new Error('audit failure')
    })

    server.registerTool(
      'audit_progress',
      { description: 'Reports progress', inputSchema: progress },
      async ({ values, message, token }, { _meta, sendNotification }) => {
        const progressToken = token ?? _meta?.progressToken ?? 'nobody-asked'
        for (const value of values) {
          const params = {
            progressToken,
            progress: value,
            total: 100,
            ...(message !== undefined && { message }),
          }
          await sendNotification({ method: 'notifications/progress', params })
        }
        return said('done')
      },
    )

    server.registerTool(
      'audit_late_progress',
      { description: 'Reports progress when it is over' },
      async ({ _meta, sendNotification }) => {
        const progressToken = _meta?.progressToken ?? 'nobody-asked'
        const report = (value: number): Promise<void> =>
          sendNotification({ method: 'notifications/progress', params: { progressToken, progress: value } })
        await report(1)
        setTimeout(() => void report(2).catch(() => {}), 0)
        return said('done')
      },
    )

    server.registerTool('audit_log', { description: 'Logs at every level' }, async ({ sendNotification }) => {
      for (const level of LEVELS) {
        await sendNotification({
          method: 'notifications/message',
          params: { level, logger: 'audit', data: level },
        })
      }
      return said('done')
    })

    server.registerTool('audit_cancel_client', { description: 'Cancels' }, async ({ sendNotification }) => {
      await sendNotification({
        method: 'notifications/cancelled',
        params: { requestId: 'audit', reason: 'audit' },
      })
      return said('done')
    })

    server.registerTool(
      'audit_ask',
      { description: 'Asks the client', inputSchema: asked },
      async ({ what }, extra) => {
        const answer = await extra.sendRequest(QUESTIONS[what] as never, any as never)
        return said(JSON.stringify(answer))
      },
    )

    server.registerTool('audit_interim', { description: 'Wants input' }, () => ({
      resultType: 'input_required',
      inputRequests: { which: QUESTIONS.elicitation },
      requestState: 'audit-state',
      content: [],
    }))

    server.registerTool(
      'audit_wait',
      { description: 'Waits until it is cancelled', inputSchema: wait },
      async ({ key, ms, stream }, { signal, _meta, sendNotification }) => {
        waits.set(key, 'waiting')
        if (stream) {
          const progressToken = _meta?.progressToken ?? 'nobody-asked'
          await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
        }
        await cancelledOr(ms, signal)
        waits.set(key, signal.aborted ? 'cancelled' : 'finished')
        return said('done')
      },
    )

    server.registerTool(
      'audit_waited',
      { description: 'Tells what became of a wait', inputSchema: waited },
      ({ key }) => said(waits.get(key) ?? 'unknown'),
    )

    server.registerTool(
      'audit_change',
      { description: 'Announces a change', inputSchema: change },
      async ({ what, uri = '' }) => {
        if (what === 'tools') server.sendToolListChanged()
        else if (what === 'prompts') server.sendPromptListChanged()
        else if (what === 'resources') server.sendResourceListChanged()
        else await server.server.sendResourceUpdated({ uri })
        return said('done')
      },
    )
  }
}

function said(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}

function cancelledOr(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
    if (signal.aborted) resolve()
  })
}
