import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectModern, officialClients } from '@portico-example/testing/examples'
import { afterEach, describe, expect, it } from 'vitest'
import { run, toolsAt, urlOf, useFolder } from './testing/command.ts'
import { definition, serve } from './testing/serve.ts'

useFolder()

const proxies = new Set<() => void>()
afterEach(() => {
  for (const close of proxies) close()
  proxies.clear()
})

/** Passes requests on to a server, and keeps their headers. */
async function record(url: string): Promise<{ url: string; headers: Record<string, unknown>[] }> {
  const headers: Record<string, unknown>[] = []
  const { port } = new URL(url)
  const proxy = createServer((req, res) => {
    headers.push(req.headers)
    const passed = request({
      port,
      path: req.url,
      method: req.method,
      headers: { ...req.headers, host: `127.0.0.1:${port}` },
    })
    passed.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(res)
    })
    passed.on('error', () => res.destroy())
    req.pipe(passed)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  proxies.add(() => proxy.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`, headers }
}

describe('a URL', () => {
  it.each([
    ['without sessions', {}],
    ['with sessions', { stateless: false }],
  ])('of a server %s is served in both eras', async (_, options) => {
    const behind = await serve(definition(), options)
    const url = await urlOf(run([behind.url, '-p', '0']))
    expect(await toolsAt(url)).toEqual(['echo', 'fail'])
    const legacy = await officialClients['1.x']!(url)
    expect((await legacy.listTools()).tools).toHaveLength(2)
    await legacy.close()
  })

  it('gets the headers that are named, and no token of a caller', async () => {
    const behind = await serve()
    const recorded = await record(behind.url)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the command expands it
    const args = [recorded.url, '-p', '0', '--header', 'X-Team: ${TEAM}']
    const url = await urlOf(run(args, { TEAM: 'blue' }))
    const client = await connectModern(url)
    await client.callTool({ name: 'echo', arguments: {} })
    await client.close()
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret-of-the-caller' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
      }),
    })
    expect(answer.status).toBe(200)
    expect(recorded.headers.length).toBeGreaterThan(0)
    expect(recorded.headers.every((headers) => headers['x-team'] === 'blue')).toBe(true)
    expect(JSON.stringify(recorded.headers)).not.toContain('s3cret')
  })

  it('may be down: the command says so, and serves it once it is up', async () => {
    const { port, close } = await serve()
    await close()
    const started = run([`http://127.0.0.1:${port}/mcp?key=s3cret`, '-p', '0'])
    const url = await urlOf(started)
    await serve(definition(), { port })
    await expect.poll(() => toolsAt(url).catch(() => [])).toEqual(['echo', 'fail'])
    expect(started.stderr()).toContain(`http://127.0.0.1:${port} does not answer yet: `)
    expect(started.stderr()).not.toContain('s3cret')
  })

  it.each([
    [['http://exa mple/mcp'], 'The URL to serve is malformed', 'invalid-option', 2],
    [['https://example.com/mcp', '--header', 's3cret'], "--header takes 'name: value'", 'invalid-option', 2],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the command expands it
      ['https://example.com/mcp', '--header', 'a: ${NOT_SET}'],
      'the variable NOT_SET is not set',
      'variable-missing',
      1,
    ],
    [
      ['https://example.com/mcp', '--env', 'A=1'],
      '--env has no effect without a command',
      'option-without-effect',
      2,
    ],
    [['https://example.com/mcp', '--share', 'none'], '--share must be caller or all', 'invalid-option', 2],
    [
      ['https://example.com/mcp', '--scope', 'read'],
      '--scope has no effect without --issuer',
      'option-without-effect',
      2,
    ],
    [['https://example.com/mcp', '--tls-cert', 'a.pem'], '--tls-cert takes --tls-key', 'invalid-option', 2],
    [['https://example.com/mcp', '--sessions', '--stateless'], 'exclude each other', 'invalid-option', 2],
    [['--env', 'NOT_SET', '--', 'node'], '--env NOT_SET: the variable is not set', 'variable-missing', 1],
    [['--'], 'The command after -- is missing', 'target-missing', 2],
    [['a.ts', '--', 'node'], 'Unexpected argument: a.ts', 'unexpected-argument', 2],
    [['mcp.json', '--stdio'], '--stdio serves one server', 'option-without-effect', 2],
    [['a.ts', '--stdio', '--port', '1'], '--port has no effect with --stdio', 'option-without-effect', 2],
  ])('and other targets refuse %j', async (args, message, id, code) => {
    const started = run(args)
    expect(await started.ended).toBe(code)
    expect(started.stderr()).toContain(message)
    expect(started.stderr()).toContain(`[${id}]\n`)
    expect(started.stderr()).not.toContain('s3cret')
  })
})
