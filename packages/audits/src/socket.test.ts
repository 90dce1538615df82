import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, type Server } from 'node:net'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { audits } from './audits.ts'
import { createAuditFixture } from './fixture.ts'
import { runAudit } from './run.ts'
import type { Target } from './target.ts'
import { fetchHttp2 } from './testing/fetch-http2.ts'

/** A socket cannot change what the messages say. */
const carried = audits.filter(({ layer }) => layer !== 'protocol')

const handler = toNodeHandler(createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z })))

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('toNodeHandler on node:http', () => {
  const server = createServer(handler)
  const target: Target = { url: '', fetch }

  beforeAll(async () => {
    target.url = `http://127.0.0.1:${await listen(server)}/mcp`
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  it.each(carried)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })

  // fetch trims header values itself, so this takes a client that does not
  it('trims optional whitespace around header values (RFC 9110 §5.5)', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'audit_echo',
        arguments: { text: 'trimmed' },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    })
    const answer = await raw(Number(new URL(target.url).port), [
      'POST /mcp HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      'Content-Type: \t application/json \t',
      'MCP-Protocol-Version:   2026-07-28  ',
      'Mcp-Method:\ttools/call\t',
      'Mcp-Name:  audit_echo  ',
      `Content-Length: ${body.length}`,
      '',
      body,
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('"text":"trimmed"')
  })
})

describe('toNodeHandler on node:http2', () => {
  const server = createHttp2Server(handler)
  const connection = fetchHttp2()
  const target: Target = { url: '', fetch: connection.fetch }

  beforeAll(async () => {
    target.url = `http://127.0.0.1:${await listen(server)}/mcp`
  })

  afterAll(() => {
    connection.close()
    server.close()
  })

  it.each(carried)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})

function raw(port: number, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.join('\r\n')))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}
