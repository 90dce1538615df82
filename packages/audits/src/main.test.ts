import { execFile } from 'node:child_process'
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

describe('the audit command', () => {
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
      '  ✓ modern/headers/missing-version (MUST) refuses a request without MCP-Protocol-Version\n',
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
    expect(stdout).toContain('✗ modern/streams/no-buffering (SHOULD)')
    expect(code).toBe(0)
  })

  it('prints JSON', async () => {
    const { stdout } = await audit(await serve(fixture), '--json', '--only', 'modern/tools/unknown')
    const [result] = JSON.parse(stdout) as AuditResult[]
    expect(result).toMatchObject({
      id: 'modern/tools/unknown',
      section: 'A14.6',
      level: 'MUST',
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

  it('gives up on a server that does not answer in time', async () => {
    const hanging = { fetch: () => new Promise<Response>(() => {}) }
    const { code, stdout } = await audit(
      await serve(hanging),
      '--only',
      'modern/discover/answers',
      '--timeout',
      '50',
    )
    expect(stdout).toContain('no answer within 50 ms')
    expect(code).toBe(1)
  })

  it('explains itself', async () => {
    const { code, stdout } = await audit('--help')
    expect(stdout).toContain('Usage: audit')
    expect(code).toBe(0)
  })

  it.each([
    ['no URL', [], 'Which server?'],
    ['what is no URL', ['localhost'], 'Not an HTTP URL: localhost'],
    ['two URLs', ['http://a.test/', 'http://b.test/'], 'Unexpected argument: http://b.test/'],
    ['an option that there is not', ['http://a.test/', '--fast'], '--fast'],
    ['an era that there is not', ['http://a.test/', '--era', '2024'], '--era is modern or legacy'],
    ['a timeout that is no number', ['http://a.test/', '--timeout', 'long'], '--timeout is a number'],
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
})
