import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { type FetchHandler, toNodeHandler } from '@portico-mcp/node'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAuditFixture } from './fixture.ts'
import type { AuditResult } from './run.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

const fixture = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
const directory = temporaryDirectory()
const command = `${directory}/main.mjs`
const closers: (() => void)[] = []

beforeAll(async () => {
  const entry = fileURLToPath(new URL('main.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile: command, bundle: true, platform: 'node', format: 'esm' })
})

afterAll(() => {
  for (const close of closers) close()
})

async function serve(handler: FetchHandler): Promise<string> {
  const server = createServer(toNodeHandler(handler))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

function audit(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

/** Headers, and then what is said every few milliseconds, or nothing. */
function endless(say: () => string | undefined, type: string): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const text = say()
      if (text === undefined) await new Promise(() => {})
      controller.enqueue(encoder.encode(text))
    },
  })
  return new Response(body, { headers: { 'content-type': type } })
}

/** The same text, as fast as it is read. */
function flood(text: string, type: string): Response {
  const chunk = new TextEncoder().encode(text.repeat(Math.ceil(65_536 / text.length)))
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
  return new Response(body, { headers: { 'content-type': type } })
}

describe('the command', () => {
  it('prints a report by section, and exits 0 where no MUST failed', async () => {
    const { code, stdout } = await audit(
      'audit',
      await serve(fixture),
      '--only',
      'modern/headers',
      '--only',
      'legacy/versions',
    )
    expect(stdout).toContain('A4 Headers that say what the body says\n')
    expect(stdout).toContain(
      '  ✓ modern/headers/missing-version (MUST, http) refuses a request without MCP-Protocol-Version\n',
    )
    expect(stdout).toContain('B7 2025: version header\n')
    expect(stdout).toMatch(/\n\n\d+ in all: \d+ passed, 0 failed, 0 skipped\n$/)
    expect(code).toBe(0)
  })

  it('does not need to be told twice to audit', async () => {
    const { code, stdout } = await audit(await serve(fixture), '--only', 'modern/discover/answers')
    expect(stdout).toContain('1 in all: 1 passed')
    expect(code).toBe(0)
  })

  it('exits 1 where a MUST failed, and says what was expected', async () => {
    const broken = {
      fetch: async () => new Response('{}', { headers: { 'content-type': 'application/json' } }),
    }
    const { code, stdout } = await audit(await serve(broken), '--only', 'modern/headers/missing-version')
    expect(stdout).toContain('✗ modern/headers/missing-version')
    expect(stdout).toContain('expected HTTP 400 with error -32020, got HTTP 200 application/json: {}')
    expect(stdout).toContain('1 in all: 0 passed, 1 failed (1 MUST), 0 skipped')
    expect(code).toBe(1)
  })

  it('exits 0 where only a SHOULD failed', async () => {
    const buffering = {
      fetch: async (request: Request) => {
        const response = await fixture.fetch(request)
        response.headers.delete('x-accel-buffering')
        return response
      },
    }
    const { code, stdout } = await audit(await serve(buffering), '--only', 'modern/streams')
    expect(stdout).toContain('✗ modern/streams/no-buffering (SHOULD, platform)')
    expect(code).toBe(0)
  })

  it('prints JSON', async () => {
    const { stdout } = await audit(await serve(fixture), '--json', '--only', 'modern/tools/unknown')
    const [result] = JSON.parse(stdout) as AuditResult[]
    expect(result).toMatchObject({
      id: 'modern/tools/unknown',
      section: 'A14.6',
      level: 'MUST',
      layer: 'protocol',
      outcome: 'passed',
    })
  })

  it('audits one era alone', async () => {
    const { stdout } = await audit(
      await serve(fixture),
      '--json',
      '--era',
      'legacy',
      '--only',
      'legacy/batches',
      '--only',
      'modern/',
    )
    const results = JSON.parse(stdout) as AuditResult[]
    expect(results.length).toBeGreaterThan(10)
    expect(results.filter(({ id }) => !id.startsWith('legacy/batches/'))).toEqual([])
  })

  it('audits the layers that it is given', async () => {
    const only = ['--only', 'modern/names', '--only', 'legacy/streams']
    const layers = ['--layer', 'http', '--layer', 'platform']
    const { stdout } = await audit(await serve(fixture), '--json', ...only, ...layers)
    const results = JSON.parse(stdout) as AuditResult[]
    expect(new Set(results.map(({ layer }) => layer))).toEqual(new Set(['http', 'platform']))
  })

  it('sends the headers that it is given', async () => {
    const guarded = {
      fetch: async (request: Request) =>
        request.headers.get('authorization') === 'Bearer key' && request.headers.get('x-tenant') === 'a:b'
          ? fixture.fetch(request)
          : new Response(null, { status: 401 }),
    }
    const url = await serve(guarded)
    const given = ['--header', 'Authorization: Bearer key', '--header', 'X-Tenant: a:b']
    expect((await audit(url, '--only', 'modern/discover/answers', ...given)).code).toBe(0)
    expect((await audit(url, '--only', 'modern/discover/answers')).code).toBe(1)
  })

  it.each<[string, string, FetchHandler['fetch']]>([
    ['says nothing', 'no answer within 50 ms', () => new Promise(() => {})],
    [
      'sends headers alone',
      'no answer within 50 ms',
      async () => endless(() => undefined, 'text/event-stream'),
    ],
    ['streams comments', 'no answer within 50 ms', async () => endless(() => ': \n\n', 'text/event-stream')],
    ['streams events', 'at most 1000000 bytes', async () => flood('data: {}\n\n', 'text/event-stream')],
    ['streams one line', 'at most 1000000 bytes', async () => flood('data: xxxx', 'text/event-stream')],
    ['streams brackets', 'at most 1000000 bytes', async () => flood('[', 'application/json')],
  ])('exits 2 at once for a server that %s', async (_what, message, fetch) => {
    const limits = ['--timeout', '50', '--max-answer', '1000000']
    if (message.includes('bytes')) limits[1] = '8000'
    const { code, stdout, stderr } = await audit(await serve({ fetch }), ...limits)
    expect(stderr).toContain('answers clients of neither era')
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('exits 2 for a server of which the first audits time out, and has printed them', async () => {
    const hanging = { fetch: () => new Promise<Response>(() => {}) }
    const { code, stdout, stderr } = await audit(await serve(hanging), '--era', 'modern', '--timeout', '50')
    expect(stdout.match(/✗ .*\n +no answer within 50 ms\n/g)?.length).toBe(4)
    expect(stderr).toContain('the first 5 audits timed out')
    expect(code).toBe(2)
  })

  it('exits 1, not 2, for one that does not answer all', async () => {
    const partly = {
      fetch: async ({ headers }: Request) =>
        headers.has('mcp-method') && !headers.has('mcp-protocol-version')
          ? new Promise<Response>(() => {})
          : new Response('{}', { status: 400, headers: { 'content-type': 'application/json' } }),
    }
    const only = ['--only', 'modern/headers/missing-', '--era', 'modern']
    const { code, stdout } = await audit(await serve(partly), ...only, '--timeout', '1000')
    expect(stdout).toContain('no answer within 1000 ms')
    expect(code).toBe(1)
  })

  it('exits 2 when the deadline is over before the last audit, and says which were not run', async () => {
    const slow = {
      fetch: async (request: Request) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return fixture.fetch(request)
      },
    }
    const { code, stdout, stderr } = await audit(await serve(slow), '--era', 'modern', '--deadline', '300')
    expect(stdout).toMatch(/– modern\/.*\n +the audits were to take 300 ms in all, and it is over\n/)
    expect(stdout).toMatch(/\d+ in all: \d+ passed/)
    expect(stderr).toContain('not done within 300 ms')
    expect(code).toBe(2)
  })

  it('prints results as they come', async () => {
    let release!: () => void
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let count = 0
    const gated = {
      fetch: async (request: Request) => {
        // the probes and the first audits are answered, what comes then waits until they have been printed
        if (++count > 12) await gate
        return fixture.fetch(request)
      },
    }
    const child = spawn(process.execPath, [
      command,
      await serve(gated),
      '--only',
      'modern/headers',
      '--timeout',
      '60000',
    ])
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      if (printed.includes('  ✓ ')) release()
    }
    expect(printed).toMatch(/in all: \d+ passed, 0 failed/)
  })

  it('explains itself', async () => {
    const { code, stdout } = await audit('--help')
    expect(stdout).toContain('Usage: portico-audits <url>')
    expect(code).toBe(0)
  })

  it.each([
    ['no URL', [], 'Which server?'],
    ['what is no URL', ['localhost'], 'Not an HTTP URL: localhost'],
    ['two URLs', ['http://a.test/', 'http://b.test/'], 'Unexpected argument: http://b.test/'],
    ['an option that there is not', ['http://a.test/', '--fast'], '--fast'],
    ['an era that there is not', ['http://a.test/', '--era', '2024'], '--era is modern or legacy'],
    [
      'a layer that there is not',
      ['http://a.test/', '--layer', 'tcp'],
      '--layer is protocol or http or platform',
    ],
    ['a timeout that is no number', ['http://a.test/', '--timeout', 'long'], '--timeout is a number'],
    ['a deadline of zero', ['http://a.test/', '--deadline', '0'], '--deadline is a number'],
    ['a timeout that no timer takes', ['http://a.test/', '--timeout', '1e12'], '--timeout is a number'],
    ['a negative size', ['http://a.test/', '--max-answer', '-1'], '--max-answer'],
    ['a header without a colon', ['http://a.test/', '--header', 'Bearer'], "--header is 'Name: value'"],
    ['a server that is not there', ['http://127.0.0.1:1/mcp'], 'cannot be reached'],
  ])('exits 2 for %s', async (_what, args, message) => {
    const { code, stderr } = await audit(...args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it('exits 2 for a prefix that no audit has', async () => {
    const { code, stderr } = await audit(await serve(fixture), '--only', 'future/')
    expect(stderr).toContain('No audit is called future/')
    expect(code).toBe(2)
  })

  it('exits 2 for a prefix that no audit of a layer has', async () => {
    const only = ['--only', 'modern/completion/', '--layer', 'platform']
    const { code, stderr } = await audit(await serve(fixture), ...only)
    expect(stderr).toContain('No audit is called modern/completion/ in the layer platform')
    expect(code).toBe(2)
  })
})
