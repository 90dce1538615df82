import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withGuard, withRateLimit } from '@portico-mcp/guard'
import { expect, it } from 'vitest'
import { staticVerifier, withAuth } from './index.ts'

const MODERN = '2026-07-28'
const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** A handler behind all that stands in front of one, which counts the servers that it builds. */
function serve() {
  const counted = { built: 0 }
  const inner = createMcpHandler(() => {
    counted.built += 1
    return new McpServer({ name: 's', version: '1' })
  })
  const limited = withRateLimit(inner, { capacity: 3, refillPerSecond: 0.001 })
  const gated = withAuth(limited, {
    resourceServerUrl: 'http://localhost/mcp',
    verifier: staticVerifier({ good: { clientId: 'c', scopes: [] } }),
  })
  return { counted, handler: withGuard(gated) }
}

const eras: [string, object, Record<string, string>][] = [
  ['2025-era', {}, {}],
  [MODERN, { _meta: META }, { 'mcp-protocol-version': MODERN, 'mcp-method': 'acme/ping' }],
]

const notify = (params: object, headers: Record<string, string>): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'localhost', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', method: 'acme/ping', params }),
  })

it.each(eras)(
  'a %s notification is let through like a request, or builds no server',
  async (_, params, own) => {
    const { counted, handler } = serve()
    const authorization = 'Bearer good'
    const statusOf = async (headers: Record<string, string>) =>
      (await handler.fetch(notify(params, { ...own, ...headers }))).status
    expect(await statusOf({ authorization, origin: 'https://evil.example' })).toBe(403)
    expect(await statusOf({ authorization, host: 'evil.example' })).toBe(403)
    expect(await statusOf({})).toBe(401)
    expect(await statusOf({ authorization: 'Bearer bad' })).toBe(401)
    expect(counted.built).toBe(0)
    for (const status of [202, 202, 202, 429, 429]) expect(await statusOf({ authorization })).toBe(status)
    expect(counted.built).toBe(3)
  },
)
