import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture-parts.ts'

const PAGE_SIZE = 2
const ROOTS = { method: 'roots/list' } as const

/** What must never reach a client. */
const INTERNALS = 'audit-internals at /srv/secret.ts:1'

/** The bytes of `audit://blob`, in base64. */
const BLOB = 'AAEC/f7/'

const RESOURCES: Record<string, { mimeType: string; text?: string; blob?: string }> = {
  'audit://text': { mimeType: 'text/plain', text: 'Grüße aus der Prüfung' },
  'audit://blob': { mimeType: 'application/octet-stream', blob: BLOB },
  'audit://watched': { mimeType: 'text/plain', text: 'watched' },
}

/** The resources and prompts of the fixture; schemas are built once. */
export function registerFixtureResources({
  z,
  ResourceTemplate,
}: AuditFixtureParts): (server: McpServer) => void {
  const any = z.looseObject({})
  const greet = { name: z.string() }
  const list = z.object({
    method: z.literal('resources/list'),
    params: z.looseObject({ cursor: z.string().optional() }).optional(),
  })
  const subscribe = z.looseObject({ method: z.literal('resources/subscribe') })
  const unsubscribe = z.looseObject({ method: z.literal('resources/unsubscribe') })

  return (server) => {
    for (const [uri, contents] of Object.entries(RESOURCES)) {
      server.registerResource(uri, uri, { mimeType: contents.mimeType }, () => ({
        contents: [{ uri, ...contents } as { uri: string; text: string }],
      }))
    }
    server.registerResource('audit://broken', 'audit://broken', {}, () => {
      throw new Error(INTERNALS)
    })
    const listed = [...Object.keys(RESOURCES), 'audit://broken'].map((uri) => ({ name: uri, uri }))

    const item = new ResourceTemplate('audit://item/{id}', {
      list: undefined,
      complete: { id: (value) => Array.from({ length: 150 }, (_, index) => `${value}${index}`) },
    })
    server.registerResource('item', item, {}, (uri, { id }) => ({
      contents: [{ uri: uri.href, text: `item ${id}` }],
    }))
    const throws = new ResourceTemplate('audit://throws/{code}', { list: undefined })
    server.registerResource('throws', throws, {}, (_uri, { code }) => {
      throw failure(Number(code), `thrown ${code}`)
    })

    const asking = new ResourceTemplate('audit://asking/{id}', { list: undefined })
    server.registerResource('asking', asking, {}, async (uri, _variables, { sendRequest }) => ({
      contents: [{ uri: uri.href, text: JSON.stringify(await sendRequest(ROOTS, any as never)) }],
    }))
    server.registerPrompt('audit_asking', { description: 'Asks the client' }, async ({ sendRequest }) => ({
      messages: [
        {
          role: 'user',
          content: { type: 'text', text: JSON.stringify(await sendRequest(ROOTS, any as never)) },
        },
      ],
    }))

    server.registerPrompt('audit_greet', { description: 'Greets', argsSchema: greet }, ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}` } }],
    }))
    server.registerPrompt('audit_grüße', { description: 'Has a name that no header can carry' }, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: 'Grüße' } }],
    }))
    server.registerPrompt('audit_broken', { description: 'Breaks' }, () => {
      throw new Error(INTERNALS)
    })

    // the 1.x SDK has no pages of its own
    server.server.setRequestHandler(list, ({ params }) => {
      const start = Number(params?.cursor ?? 0)
      if (!listed[start]) throw failure(-32602, 'Unknown cursor')
      const next = start + PAGE_SIZE
      return {
        resources: listed.slice(start, next),
        ...(next < listed.length && { nextCursor: String(next) }),
      }
    })
    server.server.setRequestHandler(subscribe, () => ({}))
    server.server.setRequestHandler(unsubscribe, () => ({}))
  }
}

function failure(code: number, message: string): Error {
  return Object.assign(new Error(message), { code })
}
