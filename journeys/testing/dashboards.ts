import { oidcVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { type DashboardOptions, withDashboard } from '@portico-mcp/dashboard'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { InMemoryEventStore, sessions } from '@portico-mcp/sessions'
import { z } from 'zod'
import { createEverythingServer } from '../../examples/everything/src/server.ts'
import { createNotesServer } from '../../examples/notes/src/server.ts'
import { createNotes } from './notes.ts'
import { listen } from './server.ts'

/** The secret of every dashboard of the tests. */
export const KEY = 'the-key-of-every-dashboard-of-the-tests'

/** Serves a handler with a dashboard in front; resolves to its origin. */
export const serveDashboard = (
  make: (origin: string) => FetchHandler,
  options?: (origin: string) => DashboardOptions,
) =>
  listen((origin) =>
    toNodeHandler(withGuard(withDashboard(make(origin), { key: KEY, ...options?.(origin) }))),
  )

/** The everything example with 2025-era sessions; resolves to its origin. */
export function serveEverything(): Promise<string> {
  const legacy = sessions({ eventStore: new InMemoryEventStore() })
  return serveDashboard(
    () => createMcpHandler(createEverythingServer, { legacy }),
    () => ({ sessions: legacy }),
  )
}

/** The notes example. */
export function serveNotes(): Promise<string> {
  return serveDashboard(() => {
    const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()))
    return handler
  })
}

/**
 * Notes for those who sign in at an authorization server.
 *
 * @param needs - Scopes that every operation needs, which may change.
 */
export const serveGated = (issuer: string, needs: { scopes: string[] } = { scopes: [] }): Promise<string> =>
  serveDashboard((origin) => {
    const resourceServerUrl = `${origin}/mcp`
    const verifier = oidcVerifier({ issuer })
    const gate = {
      resourceServerUrl,
      verifier,
      requiredScopes: ['notes:read'],
      scopes: { required: () => needs.scopes },
    }
    return withResourceMetadata(withAuth(createNotes(), gate), {
      resourceServerUrl,
      authorizationServers: [issuer],
      scopesSupported: ['notes:read'],
    })
  })

const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number() }),
  z.object({ kind: z.literal('box'), sides: z.array(z.number().int()) }),
])

const order = {
  title: z.string().min(1).describe('What it is *called*'),
  count: z.number().int().min(1).default(3),
  size: z.enum(['small', 'large']),
  isGift: z.boolean().default(true),
  address: z.object({ street: z.string(), geo: z.object({ lat: z.number() }).optional() }),
  lines: z.array(z.object({ name: z.string(), price: z.number().optional() })),
  toppings: z.array(z.enum(['salt', 'pepper', 'chili'])).optional(),
  shape,
  labels: z.record(z.string(), z.string()).optional(),
  note: z.string().nullable().optional(),
}

/** A tool whose form has everything that a form can have, and hands back what it was given. */
export const serveForms = (): Promise<string> =>
  serveDashboard(() =>
    createMcpHandler(() => {
      const server = new McpServer({ name: 'forms', version: '1.0.0' })
      server.registerTool(
        'order',
        { inputSchema: order, outputSchema: { given: z.any() } },
        async (given) => ({
          structuredContent: { given },
          content: [],
        }),
      )
      server.registerTool('wait', {}, async ({ _meta, sendNotification, signal }) => {
        const params = { progressToken: _meta?.progressToken ?? 'none', progress: 1, total: 2 }
        await sendNotification({ method: 'notifications/progress', params })
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return { content: [] }
      })
      return server
    }),
  )

/** What a server might send to a page that believes it. */
const EVIL = `<img src=x onerror="globalThis.pwned='html'"><script>globalThis.pwned='script'</script>`
const LINKS = `[click](javascript:globalThis.pwned='link') [data](data:text/html,<script>1</script>) <a href="javascript:globalThis.pwned='raw'">raw</a> ![i](https://evil.example/i.png) [fine](https://fine.example/)`

/** A server that wants the page to run its scripts, and to fetch its pictures. */
export const serveEvil = (): Promise<string> =>
  serveDashboard(() =>
    createMcpHandler(() => {
      const server = new McpServer(
        { name: EVIL, version: EVIL, websiteUrl: "javascript:globalThis.pwned='site'" },
        { instructions: `${EVIL}\n\n${LINKS}` },
      )
      const attack = { title: EVIL, description: `${EVIL}\n\n${LINKS}` }
      server.registerTool(
        'attack',
        { ...attack, inputSchema: { field: z.string().describe(`${EVIL} ${LINKS}`).default(EVIL) } },
        async () => ({
          content: [
            { type: 'text', text: EVIL },
            { type: 'text', text: LINKS },
            {
              type: 'image',
              data: btoa(`<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.pwned='svg'"/>`),
              mimeType: 'image/svg+xml',
            },
            { type: 'image', data: btoa(EVIL), mimeType: 'text/html' },
            { type: 'image', data: 'x" onerror="globalThis.pwned=1', mimeType: 'image/png' },
            { type: 'image', data: btoa(EVIL), mimeType: `image/png" onerror="globalThis.pwned='mime'` },
            {
              type: 'resource_link',
              uri: "javascript:globalThis.pwned='uri'",
              name: EVIL,
              description: LINKS,
            },
            {
              type: 'resource',
              resource: { uri: "javascript:globalThis.pwned='res'", mimeType: 'text/html', text: EVIL },
            },
            {
              type: 'resource',
              resource: { uri: 'x:y', mimeType: 'text/markdown', text: `# ${EVIL}\n\n${LINKS}` },
            },
          ],
        }),
      )
      server.registerTool('ask', {}, async () => {
        await server.server.elicitInput({
          mode: 'url',
          message: `${EVIL} ${LINKS}`,
          url: "javascript:globalThis.pwned='ask'",
          elicitationId: 'e',
        })
        return { content: [] }
      })
      server.registerResource(EVIL, "javascript:globalThis.pwned='uri'", attack, async () => ({
        contents: [{ uri: 'x:y', mimeType: 'text/html', text: EVIL }],
      }))
      server.registerPrompt('attack', attack, async () => ({
        messages: [{ role: 'user', content: { type: 'text', text: EVIL } }],
      }))
      return server
    }),
  )
