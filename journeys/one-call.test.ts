import { getIdentity } from '@portico-mcp/auth'
import { createHTTPServer, type HTTPServer } from '@portico-mcp/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApplication } from './testing/application.ts'
import { signIn } from './testing/call-tool.ts'
import { clients } from './testing/clients.ts'
import { createPerson } from './testing/person.ts'

let server: HTTPServer
beforeAll(async () => {
  server = await createHTTPServer(
    {
      name: 'whoami',
      version: '1.0.0',
      setup(mcp) {
        mcp.registerTool('whoami', {}, async () => ({
          content: [{ type: 'text', text: String(getIdentity()?.id) }],
        }))
      },
    },
    {
      port: 0,
      signals: false,
      auth: {
        enableOAuthServer: true,
        requiredScopes: ['notes:read'],
        oauthServerOptions: {
          sessionSecret: 'a secret of more than 32 characters',
          authenticate: () => ({ sub: 'ann' }),
        },
      },
    },
  )
})
afterAll(() => server.close())

it.each(Object.entries(clients))(
  'the official client %s signs in to a server that was one call, and is known to its tools',
  async (_, open) => {
    const { client } = await signIn(open, new URL(server.url), createApplication(), createPerson('ann'))
    expect(await client.callTool({ name: 'whoami' })).toMatchObject({ content: [{ text: 'ann' }] })
    await client.close()
  },
)
