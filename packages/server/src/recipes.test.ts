/**
 * What authors know from other servers of one call, line by line, with imports of this package. What is
 * added around it: servers are closed when a test is over, and DynamoDB is one of this machine.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { DynamoDBSessionStore } from '@portico-mcp/dynamodb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CREDENTIALS, startDynamoDB } from '../../dynamodb/src/testing/dynamodb.ts'
import { createHTTPServer as create, type HTTPServer, MCPServer } from './index.ts'
import { call, initialize, post, rpc } from './testing/serve.ts'

const open = new Set<HTTPServer>()

const createHTTPServer: typeof create = async (...args) => {
  const server = await create(...args)
  open.add(server)
  return server
}

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})

afterEach(async () => {
  await Promise.all([...open].map(({ close }) => close()))
  open.clear()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const opened = (): HTTPServer => [...open].at(-1)!
const ask = (url: URL | string, { headers, ...init }: RequestInit = {}) =>
  fetch(url, { ...init, headers: { connection: 'close', ...(headers as object) } })
const get = (path: string, init?: RequestInit) => ask(new URL(path, opened().url), init)
const health = async () => (await get('/health')).json()

describe('basic usage', () => {
  it('1: serves, and says at which port', async () => {
    const said = vi.spyOn(console, 'log').mockImplementation(() => {})

    const { listener, port } = await createHTTPServer({
      name: 'my-mcp-server',
      version: '1.0.0',
      port: 3001,
      cors: true,
      logging: true,
    })
    console.log(`Server running on http://localhost:${port}`)

    expect(said).toHaveBeenCalledWith(expect.stringMatching(/http:\/\/localhost:30\d\d$/))
    expect([listener.listening, port >= 3001 && port <= 3020]).toEqual([true, true])
    const { result } = (await (await post(opened().url, initialize)).json()) as any
    expect(result.serverInfo).toEqual({ name: 'my-mcp-server', version: '1.0.0' })
    const { headers } = await get('/health', { headers: { origin: 'https://any.example' } })
    expect(headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('cors', () => {
  it('2: grants what is listed', async () => {
    await createHTTPServer({
      name: 'my-mcp-server',
      version: '1.0.0',
      port: 3001,
      cors: {
        origin: ['https://example.com', 'https://app.example.com'],
        credentials: true,
      },
    })

    const preflight = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'POST' }
      const response = await ask(opened().url, { method: 'OPTIONS', headers })
      return ['origin', 'credentials'].map((name) => response.headers.get(`access-control-allow-${name}`))
    }
    expect(await preflight('https://example.com')).toEqual(['https://example.com', 'true'])
    expect(await preflight('https://app.example.com')).toEqual(['https://app.example.com', 'true'])
    expect(await preflight('https://evil.example')).toEqual([null, null])
  })
})

describe('stateful mode', () => {
  it('3: keeps sessions in DynamoDB', async () => {
    const dynamodb = await startDynamoDB()
    await dynamodb.createTable('my-sessions', 'sessionId')
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${dynamodb.port}`)
    vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey)
    vi.stubEnv('AWS_REGION', 'us-east-1')

    const start = () =>
      createHTTPServer({
        name: 'my-mcp-server',
        version: '1.0.0',
        stateless: false,
        sessionStore: new DynamoDBSessionStore({
          tableName: 'my-sessions',
          ttlSeconds: 3600,
        }),
      })
    await start()

    const answer = await post(opened().url, initialize)
    const headers = { 'mcp-session-id': answer.headers.get('mcp-session-id')! }
    await opened().close()
    await start()
    expect((await post(opened().url, rpc('ping'), headers)).status).toBe(200)
    expect(await health()).toMatchObject({ mode: 'stateful', activeSessions: 1 })
    expect((await ask(opened().url, { method: 'DELETE', headers })).status).toBe(200)
    expect((await post(opened().url, rpc('ping'), headers)).status).toBe(404)
    await Promise.all([...open].map(({ close }) => close()))
    await dynamodb.close()
  })
})

describe('auth', () => {
  it('4: issues tokens, and asks for them', async () => {
    vi.stubEnv('SESSION_SECRET', 'a secret of more than thirty-two characters')
    vi.stubEnv('GITHUB_CLIENT_ID', 'portico')
    vi.stubEnv('GITHUB_CLIENT_SECRET', 'another secret')
    await createHTTPServer({
      name: 'my-mcp-server',
      version: '1.0.0',
      auth: {
        resource: 'https://api.example.com',
        authorizationServers: ['https://auth.example.com'],
        scopesSupported: ['read:data', 'write:data'],
        documentationUrl: 'https://docs.example.com/auth',
        enableOAuthServer: true,
        oauthServerOptions: {
          sessionSecret: process.env.SESSION_SECRET!,
          tokenTTL: 3600,
          enableDCR: true,
          upstreamProvider: {
            id: 'github',
            authorizationEndpoint: 'https://github.com/login/oauth/authorize',
            tokenEndpoint: 'https://github.com/login/oauth/access_token',
            clientId: process.env.GITHUB_CLIENT_ID!,
            clientSecret: process.env.GITHUB_CLIENT_SECRET!,
            scopes: ['read:user'],
          },
        },
      },
    })
    vi.unstubAllEnvs()

    expect((await post(opened().url)).status).toBe(401)
    const resource = await (await get('/.well-known/oauth-protected-resource')).json()
    expect(resource).toMatchObject({
      authorization_servers: ['https://api.example.com', 'https://auth.example.com'],
    })
    const issuer = await (await get('/.well-known/oauth-authorization-server')).json()
    expect(issuer).toMatchObject({
      issuer: 'https://api.example.com',
      registration_endpoint: 'https://api.example.com/oauth/register',
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['read:data', 'write:data'],
    })
  })

  it('4: asks for tokens of the authorization servers, without those lines', async () => {
    await createHTTPServer({
      name: 'my-mcp-server',
      version: '1.0.0',
      auth: {
        resource: 'https://api.example.com',
        authorizationServers: ['https://auth.example.com'],
        scopesSupported: ['read:data', 'write:data'],
        documentationUrl: 'https://docs.example.com/auth',
      },
    })

    expect((await post(opened().url)).status).toBe(401)
    expect(await (await get('/.well-known/oauth-protected-resource')).json()).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: ['https://auth.example.com'],
      scopes_supported: ['read:data', 'write:data'],
      bearer_methods_supported: ['header'],
      resource_documentation: 'https://docs.example.com/auth',
    })
  })
})

describe('the factory pattern', () => {
  it('5: serves what the factory returns, a fresh one each time', async () => {
    let built = 0
    await createHTTPServer(
      async () => {
        const server = new MCPServer({
          name: 'my-mcp-server',
          version: '1.0.0',
        })

        // Custom initialization
        built++
        server.registerTool('getCurrentTime', {}, async () => ({ content: [{ type: 'text', text: 'now' }] }))

        return server.getServer()
      },
      {
        port: 3001,
        cors: true,
      },
    )

    const answers = await Promise.all([1, 2, 3].map(() => call(opened().url, 'getCurrentTime')))
    for (const answer of answers)
      expect((await answer.json()) as any).toMatchObject({ result: { content: [{}] } })
    expect(built).toBe(4)
  })
})

describe('endpoints', () => {
  beforeEach(async () => {
    await createHTTPServer({
      name: 'my-server',
      version: '1.0.0',
      setup(server) {
        server.registerTool('getCurrentTime', {}, async () => ({ content: [{ type: 'text', text: 'now' }] }))
      },
    })
  })

  it('6: POST /mcp calls a tool', async () => {
    const response = await post(opened().url, {
      jsonrpc: '2.0',
      method: 'tools/call',
      params: {
        name: 'getCurrentTime',
        arguments: {},
      },
      id: 1,
    })

    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'now' }] },
    })
  })

  it('7: GET /health says how it is', async () => {
    expect(await health()).toEqual({
      status: 'ok',
      mode: 'stateless',
      activeSessions: 0,
      uptime: expect.any(Number),
    })
  })
})

describe('modes', () => {
  it('8: stateless: no session ids, and DELETE is not allowed', async () => {
    await createHTTPServer({
      name: 'my-server',
      version: '1.0.0',
      stateless: true, // Default
    })

    const answer = await post(opened().url, initialize)
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([200, null])
    expect((await ask(opened().url, { method: 'DELETE' })).status).toBe(405)
  })

  it('9: stateful: a session for each client, streams, and DELETE ends it', async () => {
    await createHTTPServer({
      name: 'my-server',
      version: '1.0.0',
      stateless: false,
    })

    const answers = await Promise.all([post(opened().url, initialize), post(opened().url, initialize)])
    const [one, two] = answers.map((answer) => answer.headers.get('mcp-session-id')!)
    expect(one).not.toBe(two)
    const headers = { 'mcp-session-id': one!, accept: 'text/event-stream' }
    const stream = await ask(opened().url, { headers })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect((await ask(opened().url, { method: 'DELETE', headers })).status).toBe(200)
    expect(await stream.text()).not.toContain('data')
    expect(await health()).toMatchObject({ activeSessions: 1 })
  })
})

describe('the port', () => {
  it('10: is the next one where it is taken', async () => {
    const taken = createServer().listen(3001, '127.0.0.1')
    await Promise.race([once(taken, 'listening'), once(taken, 'error')]).catch(() => {})

    const { listener, port } = await createHTTPServer({
      name: 'my-server',
      version: '1.0.0',
      port: 3001, // May use 3002, 3003, etc. if 3001 is taken
    })
    console.log(`Server running on port ${port}`)

    expect(listener.address()).toMatchObject({ port })
    expect(port).toBeGreaterThan(3001)
    taken.close()
  })
})

describe('shutdown', () => {
  it('11: listens to signals, until it is closed', async () => {
    const { listener } = await createHTTPServer({
      name: 'my-server',
      version: '1.0.0',
    })

    expect(process.listenerCount('SIGTERM')).toBeGreaterThan(0)
    await opened().close()
    expect([listener.listening, process.listenerCount('SIGTERM')]).toEqual([false, 0])
  })
})
