import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture-parts.ts'

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
  const asked = { what: z.enum(Object.keys(QUESTIONS) as [keyof typeof QUESTIONS]) }
  const three = { together: z.boolean().optional() }
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
      'audit_ask',
      { description: 'Asks the client', inputSchema: asked },
      async ({ what }, extra) => {
        const answer = await extra.sendRequest(QUESTIONS[what] as never, any as never)
        return said(JSON.stringify(answer))
      },
    )

    server.registerTool(
      'audit_ask_three',
      { description: 'Asks the client three things', inputSchema: three },
      async ({ together }, { sendRequest }) => {
        const answers: unknown[] = []
        for (const message of ['1', '2', '3']) {
          const answer = sendRequest(formOf(message) as never, any as never)
          answers.push(together ? answer : await answer)
        }
        return said(JSON.stringify(await Promise.all(answers)))
      },
    )

    server.registerTool('audit_interim', { description: 'Wants input' }, () => ({
      resultType: 'input_required',
      inputRequests: { which: QUESTIONS.elicitation },
      requestState: 'audit-state',
      content: [],
    }))

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

function formOf(message: string): object {
  const requestedSchema = { type: 'object', properties: { which: { type: 'string' } } }
  return { method: 'elicitation/create', params: { message, requestedSchema } }
}

/** A tool's result that is one text. */
export function said(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] }
}
