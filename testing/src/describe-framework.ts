import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { checkScopes, getIdentity, staticVerifier } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import selfsigned from 'selfsigned'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { officialClients } from './clients.ts'
import type { AppSetup, Framework } from './framework.ts'

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }
const APP = 'https://app.example.com'
/** A framework cannot change what the messages say. */
const carried = audits.filter(({ layer }) => layer !== 'protocol')

const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })

/** A server that says its name, and who calls. */
const named = (name: string) =>
  createMcpHandler(({ authInfo, requestInfo }) => {
    const server = new McpServer({ name, version: '1' })
    server.registerTool('where', {}, async () => {
      const content = { name, url: requestInfo?.url, client: authInfo?.clientId, id: getIdentity()?.id }
      return { content: [{ type: 'text', text: JSON.stringify(content) }] }
    })
    server.registerTool('write', {}, async () => {
      checkScopes(['notes:write'])
      return { content: [{ type: 'text', text: 'written' }] }
    })
    server.registerTool('count', {}, async ({ sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken ?? 'none'
      const params = { progressToken, progress: 1 }
      await sendNotification({ method: 'notifications/progress', params })
      await until(released)
      return { content: [] }
    })
    return server
  })

let release = () => {}
let released: Promise<void> = Promise.resolve()
const until = (moment: Promise<void>) => moment

const call = (name: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: {}, _meta: { progressToken: 'p' } },
})

/** What holds for every framework, on a socket. */
export function describeFramework(framework: Framework): void {
  const open = new Set<Server & { closeAllConnections?: () => void }>()
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})

  afterEach(() => warn.mockClear())

  async function serve(setup: AppSetup): Promise<{ port: number; url: string }> {
    const server = await framework.listen(setup)
    open.add(server)
    const { port } = server.address() as AddressInfo
    return { port, url: `http${setup.tls ? 's' : ''}://127.0.0.1:${port}` }
  }

  const closeAll = () => {
    for (const server of open) {
      server.close()
      server.closeAllConnections?.()
    }
    open.clear()
  }
  afterAll(closeAll)

  const verifier = staticVerifier({
    ann: { clientId: 'notes-app', scopes: ['notes:admin'], claims: { sub: 'ann' } },
    bob: { clientId: 'other-app', scopes: ['other'] },
  })
  const resourceServerUrl = 'https://mcp.example.com/mcp'
  const auth = {
    verifier,
    resourceServerUrl,
    requiredScopes: ['notes:read'],
    scopeHierarchy: { 'notes:admin': ['notes:read', 'notes:write'] },
  }

  const apps = [["Portico's app", undefined, []] as const, ...plainApps(framework)]
  describe.each(apps)('%s', (_, plainApp, answeredByParser) => {
    const target = { url: '', fetch }
    beforeAll(async () => {
      target.url = `${(await serve({ endpoints: { '/mcp': createMcpHandler(fixture) }, plainApp })).url}/mcp`
    })

    it.each(carried)('$id: $title', async (audit) => {
      const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
      const isAnsweredByParser = answeredByParser.includes(audit.id)
      if (!isAnsweredByParser) expect(message).toBeUndefined()
      expect(outcome).toBe(isAnsweredByParser ? 'failed' : 'passed')
    })
  })

  describe.each(Object.entries(officialClients))('the official client %s', (_, connect) => {
    it('lists and calls, without a token', async () => {
      const { url } = await serve({ endpoints: { '/mcp': named('notes') } })
      const client = await connect(`${url}/mcp`)
      expect((await client.listTools()).tools).toHaveLength(3)
      const { content } = (await client.callTool({ name: 'where' })) as any
      expect(JSON.parse(content[0].text)).toEqual({ name: 'notes', url: `${url}/mcp` })
      await client.close()
    })

    it('is known by its token, and is refused without', async () => {
      const { url } = await serve({ endpoints: { '/mcp': named('notes') }, auth })
      await expect(connect(`${url}/mcp`)).rejects.toThrow()
      const client = await connect(`${url}/mcp`, { authorization: 'Bearer ann' })
      const { content } = (await client.callTool({ name: 'where' })) as any
      expect(JSON.parse(content[0].text)).toMatchObject({ client: 'notes-app', id: 'ann' })
      expect(await client.callTool({ name: 'write' })).toMatchObject({ content: [{ text: 'written' }] })
      await client.close()
    })
  })

  describe('is guarded', () => {
    it('on this machine, by default', async () => {
      const { port } = await serve({ endpoints: { '/mcp': named('notes') } })
      expect((await post(port, {})).status).toBe(200)
      expect((await post(port, { host: `localhost:${port}`, origin: 'http://localhost:5173' })).status).toBe(
        200,
      )
      for (const headers of [{ host: 'evil.example' }, { origin: 'http://evil.example' }]) {
        const refused = await post(port, headers)
        expect(refused.status).toBe(403)
        expect(refused.json.error).toMatchObject({
          code: -32600,
          data: { reason: expect.stringMatching('not-allowed') },
        })
        expect('id' in refused.json).toBe(false)
      }
      expect(warn).not.toHaveBeenCalled()
    })

    it('elsewhere, by its lists; without, it warns', async () => {
      const endpoints = { '/mcp': named('notes') }
      const listed = await serve({ endpoints, protection: { host: '0.0.0.0', allowedHosts: ['mcp.test'] } })
      expect((await post(listed.port, { host: 'mcp.test' })).status).toBe(200)
      expect((await post(listed.port, { host: 'evil.example' })).status).toBe(403)
      expect(warn).not.toHaveBeenCalled()
      const free = await serve({ endpoints, protection: { host: '0.0.0.0' } })
      expect((await post(free.port, { host: 'any.example', origin: 'http://any.example' })).status).toBe(200)
      expect(warn).toHaveBeenCalledTimes(1)
    })

    it('against a Host that makes no URL', async () => {
      const { port } = await serve({ endpoints: { '/mcp': named('notes') } })
      expect([400, 403]).toContain((await post(port, { host: 'a b' })).status)
    })
  })

  describe('is mounted', () => {
    it('under a prefix, with and without a trailing slash, and sees the URL that was called', async () => {
      const { url } = await serve({ endpoints: { '/mcp': named('notes') }, prefix: '/api/v1' })
      for (const path of ['/api/v1/mcp', '/api/v1/mcp/', '/api/v1/mcp?x=1']) {
        expect(await where(url + path)).toMatchObject({ name: 'notes', url: url + path })
      }
      expect((await fetch(`${url}/mcp`, { method: 'POST' })).status).toBe(404)
    })

    it('beside others, each with its own server', async () => {
      const { url } = await serve({ endpoints: { '/one': named('first'), '/two': named('second') } })
      expect(await where(`${url}/one`)).toMatchObject({ name: 'first' })
      expect(await where(`${url}/two/`)).toMatchObject({ name: 'second' })
    })

    it('and answers 503 once its handler is closed', async () => {
      const handler = named('notes')
      const { port } = await serve({ endpoints: { '/mcp': handler } })
      await handler.close()
      expect(await post(port, {})).toMatchObject({ status: 503, json: { error: { code: -32603 } } })
    })

    it('and masks what its handler throws', async () => {
      const thrown = { fetch: () => Promise.reject(new Error('a secret')) }
      const { port } = await serve({ endpoints: { '/mcp': thrown } })
      expect(await post(port, {})).toMatchObject({
        status: 500,
        json: { error: { code: -32603, message: 'Internal error' } },
      })
    })
  })

  describe('a body', () => {
    it.each([
      ['is no JSON', '{"jsonrpc":', -32700],
      ['is empty', '', -32700],
      ['is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), -32700],
      ['is no object', '"ping"', -32600],
    ])('that %s is refused in JSON-RPC', async (_, body, code) => {
      const { port } = await serve({ endpoints: { '/mcp': named('notes') } })
      expect(await post(port, {}, body)).toMatchObject({
        status: 400,
        json: { jsonrpc: '2.0', error: { code } },
      })
    })

    it.each(['with its length', 'in chunks'])('is refused over the limit, sent %s', async (how) => {
      const { port } = await serve({ endpoints: { '/mcp': named('notes') }, maxRequestBodySize: 1000 })
      const body = JSON.stringify({ ...PING, params: { text: 'x'.repeat(2000) } })
      const headers: Record<string, string> = how === 'in chunks' ? { 'transfer-encoding': 'chunked' } : {}
      expect(await post(port, headers, body)).toMatchObject({
        status: 413,
        json: { error: { code: -32600 } },
      })
      expect((await post(port, headers)).status).toBe(200)
    })
  })

  it('takes bodies up to 4 MiB', async () => {
    const { port } = await serve({ endpoints: { '/mcp': named('notes') } })
    const sized = (bytes: number) => JSON.stringify({ ...PING, params: { text: 'x'.repeat(bytes) } })
    expect((await post(port, {}, sized(4_000_000))).status).toBe(200)
    expect((await post(port, {}, sized(4_300_000))).status).toBe(413)
  })

  describe('a gate', () => {
    it('answers with a challenge, and with all scopes that are needed', async () => {
      const { port } = await serve({ endpoints: { '/mcp': named('notes') }, auth })
      const none = await post(port, {})
      expect(none).toMatchObject({ status: 401, json: { error: 'invalid_token' } })
      expect(none.headers['www-authenticate']).toBe(
        'Bearer scope="notes:read", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
      )
      const bad = await post(port, { authorization: 'Bearer nobody' })
      expect([bad.status, bad.headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('error="invalid_token"'),
      ])
      const narrow = await post(port, { authorization: 'bearer bob' })
      expect([narrow.status, narrow.headers['www-authenticate']]).toEqual([
        403,
        expect.stringContaining('error="insufficient_scope"'),
      ])
    })

    it('stands behind metadata, of several endpoints', async () => {
      const authorizationServers = ['https://auth.example.com']
      const metadata = ['mcp', 'other'].map((path) => ({
        resourceServerUrl: `https://mcp.example.com/${path}`,
        authorizationServers,
      }))
      const { url } = await serve({ endpoints: { '/mcp': named('notes') }, auth, metadata })
      for (const path of ['mcp', 'other']) {
        const location = `${url}/.well-known/oauth-protected-resource/${path}`
        const response = await fetch(location)
        expect(response.status).toBe(200)
        expect(response.headers.get('access-control-allow-origin')).toBe('*')
        expect(await response.json()).toMatchObject({ resource: `https://mcp.example.com/${path}` })
        const head = await fetch(location, { method: 'HEAD' })
        expect([head.status, await head.text()]).toEqual([200, ''])
        expect((await fetch(location, { method: 'OPTIONS' })).status).toBe(204)
      }
      expect((await fetch(`${url}/.well-known/other`)).status).toBe(404)
      expect((await fetch(`${url}/mcp`, { method: 'POST' })).status).toBe(401)
    })

    it('lets pages read its answers, behind CORS', async () => {
      const protection = { allowedOrigins: [APP] }
      const cors = { allowedOrigins: [APP] }
      const { port } = await serve({ endpoints: { '/mcp': named('notes') }, auth, cors, protection })
      const asked = {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'mcp-param-x',
      }
      const preflight = await send(port, { method: 'OPTIONS', headers: { origin: APP, ...asked } })
      expect(preflight.status).toBe(204)
      expect(preflight.headers['access-control-allow-headers']).toContain('mcp-param-x')
      expect(preflight.headers.vary?.toLowerCase().split(', ')).toEqual(
        expect.arrayContaining(['origin', 'access-control-request-headers']),
      )
      for (const [status, headers] of [
        [401, {}],
        [200, { authorization: 'Bearer ann' }],
      ] as const) {
        const answer = await post(port, { origin: APP, ...headers })
        expect(answer.status).toBe(status)
        expect(answer.headers['access-control-allow-origin']).toBe(APP)
        expect(answer.headers['access-control-expose-headers']).toContain('WWW-Authenticate')
        expect(answer.headers.vary).toMatch(/origin/i)
      }
    })

    it('lets pages read what the app refuses in front of it, with CORS of the app', async () => {
      const protection = { allowedOrigins: [APP], cors: { allowedOrigins: [APP] } }
      const endpoints = { '/mcp': named('notes') }
      const { port } = await serve({ endpoints, protection, maxRequestBodySize: 1000 })
      for (const [status, body] of [
        [400, '{'],
        [413, JSON.stringify('x'.repeat(2000))],
        [200, JSON.stringify(PING)],
      ] as const) {
        const answer = await post(port, { origin: APP }, body)
        expect(answer.status).toBe(status)
        expect(answer.headers['access-control-allow-origin']).toBe(APP)
        expect(answer.headers.vary).toMatch(/origin/i)
      }
      const preflight = { origin: APP, 'access-control-request-method': 'POST' }
      expect((await send(port, { method: 'OPTIONS', headers: preflight })).status).toBe(204)
    })

    it('stands in front of a rate limit, which counts by identity', async () => {
      const rateLimit = { capacity: 1, refillPerSecond: 0.001 }
      const { port } = await serve({ endpoints: { '/mcp': named('notes') }, auth, rateLimit })
      const asAnn = { authorization: 'Bearer ann' }
      expect((await post(port, asAnn)).status).toBe(200)
      const limited = await post(port, asAnn)
      expect(limited).toMatchObject({ status: 429, json: { error: { data: { reason: 'rate-limited' } } } })
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
      expect((await post(port, {})).status).toBe(401)
    })
  })

  it('serves over TLS', async () => {
    const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
    const { port } = await serve({ endpoints: { '/mcp': named('notes') }, tls: { key, cert } })
    const answer = await post(port, { host: `localhost:${port}` }, JSON.stringify(call('where')), cert)
    expect(JSON.parse(answer.json.result.content[0].text).url).toBe(`https://localhost:${port}/mcp`)
  })

  it('compresses JSON, and holds no event back', async () => {
    const { url } = await serve({
      endpoints: { '/mcp': createMcpHandler(fixture), '/sse': named('notes') },
      compressed: true,
    })
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' }
    const list = JSON.stringify({ ...PING, method: 'tools/list' })
    const json = await fetch(`${url}/mcp`, { method: 'POST', headers, body: list })
    expect(json.headers.get('content-encoding')).toBe('gzip')
    expect(((await json.json()) as any).result.tools.length).toBeGreaterThan(1)
    released = new Promise((done) => {
      release = done
    })
    const stream = await fetch(`${url}/sse`, { method: 'POST', headers, body: JSON.stringify(call('count')) })
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    // the tool has not ended yet
    expect((await reader.read()).value).toContain('notifications/progress')
    release()
    let rest = ''
    for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value
    expect(rest).toContain('"result"')
  })

  it('tells the handler when a client goes away, before the answer and in it', async () => {
    const gone = vi.fn()
    const arrived = vi.fn()
    const waiting = {
      fetch: (request: Request) => {
        request.signal.addEventListener('abort', gone)
        arrived()
        if (new URL(request.url).pathname === '/never') return new Promise<Response>(() => {})
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(': open\n\n')),
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
    }
    const { url } = await serve({ endpoints: { '/never': waiting, '/stream': waiting } })
    for (const [index, path] of ['/never', '/stream'].entries()) {
      const leaving = new AbortController()
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: '{}', signal: leaving.signal }
      const asked = fetch(url + path, init).catch(() => {})
      await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(index + 1))
      if (path === '/stream') await asked
      leaving.abort()
      await vi.waitFor(() => expect(gone).toHaveBeenCalledTimes(index + 1))
    }
  })
}

function plainApps({ plainApps }: Framework): [string, string, readonly string[]][] {
  return Object.entries(plainApps).map(([name, answeredByParser]) => [name, name, answeredByParser])
}

async function where(url: string): Promise<any> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(call('where')) })
  const { result } = (await response.json()) as any
  return JSON.parse(result.content[0].text)
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  json: any
}

const post = (
  port: number,
  headers: Record<string, string>,
  body: string | Buffer = JSON.stringify(PING),
  ca?: string,
) => send(port, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, body, ca)

/** `fetch` sends no Host and no encoding of one's own. */
function send(
  port: number,
  { method, headers }: { method: string; headers: Record<string, string> },
  body?: string | Buffer,
  ca?: string,
): Promise<Answer> {
  const chunked = 'transfer-encoding' in headers
  const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) }
  const options = { host: '127.0.0.1', port, path: '/mcp', method, headers: { ...headers, ...length } }
  return new Promise((resolve, reject) => {
    const onAnswer = async (response: IncomingMessage) => {
      const answered = await text(response)
      const { statusCode: status = 0, headers } = response
      resolve({ status, headers, json: parsed(answered) })
    }
    const sent = ca
      ? httpsRequest({ ...options, ca, servername: 'localhost' }, onAnswer)
      : httpRequest(options, onAnswer)
    sent.on('error', reject)
    sent.end(body)
  })
}

function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
