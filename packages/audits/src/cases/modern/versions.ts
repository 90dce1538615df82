import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getError, getResult } from '../../expect.ts'
import { MODERN_VERSION, modernHeaders, PROTOCOL_VERSION_KEY } from '../../protocol.ts'
import type { Reply } from '../../reply.ts'

function speaking(client: Client, version: string, method = 'tools/list'): Promise<Reply> {
  const headers = { 'mcp-protocol-version': version }
  return client.modern(method, {}, { headers, meta: { [PROTOCOL_VERSION_KEY]: version } })
}

async function supportedBy(client: Client, version: string): Promise<string[]> {
  const { data } = getError(await speaking(client, version), 400, -32022)
  expect(Array.isArray(data?.supported), 'data.supported to be an array', data)
  return data.supported
}

export const versions: Audit[] = [
  must('modern/versions/later', 'A6.1', 'refuses a later revision', async (client) => {
    expect(
      (await supportedBy(client, '2031-01-01')).includes(MODERN_VERSION),
      '2026-07-28 to be supported',
      'none',
    )
  }),
  must('modern/versions/nonsense', 'A6.1', 'refuses a version that is no revision', async (client) => {
    getError(await speaking(client, 'v999.0.0'), 400, -32022)
  }),
  must('modern/versions/requested', 'A6.1', 'names the version that was asked for', async (client) => {
    const { data } = getError(await speaking(client, '2031-01-01'), 400, -32022)
    expectEqual(data?.requested, '2031-01-01', 'data.requested')
  }),
  should(
    'modern/versions/legacy-in-envelope',
    'A6.1',
    'refuses a 2025 revision in an envelope, which it never had',
    async (client) => {
      getError(await speaking(client, '2025-11-25'), 400, -32022)
    },
  ),
  must(
    'modern/versions/discover',
    'A6.1',
    'refuses server/discover in a revision that it does not serve',
    async (client) => {
      getError(await speaking(client, '2031-01-01', 'server/discover'), 400, -32022)
    },
  ),
  must(
    'modern/versions/supported-discovered',
    'A6.5',
    'supports no version that server/discover does not list',
    async (client) => {
      const { supportedVersions } = getResult(await client.modern('server/discover'))
      for (const version of await supportedBy(client, '2031-01-01')) {
        expect(
          (supportedVersions as string[]).includes(version),
          `${version} to be discovered`,
          supportedVersions,
        )
      }
    },
  ),
  must(
    'modern/versions/no-fallback',
    '0.2.5',
    'does not serve a 2026-07-28 header as 2025-era traffic',
    async (client) => {
      const reply = await client.post(
        { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        modernHeaders('tools/list'),
      )
      getError(reply, 400, -32602)
    },
  ),
  must(
    'modern/versions/initialize',
    '0.2.6',
    'has no handshake: initialize with an envelope is unknown',
    async (client) => {
      const params = {
        protocolVersion: MODERN_VERSION,
        capabilities: {},
        clientInfo: { name: 'a', version: '1' },
      }
      getError(await client.modern('initialize', params), 404, -32601)
    },
  ),
  should(
    'modern/versions/error-when-streaming',
    'A8.8',
    'answers an unsupported version with 400 to one that takes streams only',
    async (client) => {
      const headers = { accept: 'text/event-stream', 'mcp-protocol-version': '2031-01-01' }
      const meta = { [PROTOCOL_VERSION_KEY]: '2031-01-01' }
      getError(await client.modern('tools/list', {}, { headers, meta }), 400, -32022)
    },
  ),
]
