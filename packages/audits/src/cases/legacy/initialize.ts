import { type Audit, must, should } from '../../audit.ts'
import { expect, expectEqual, expectStatus, getError, getResult, isObject } from '../../expect.ts'
import { LEGACY_VERSION, MODERN_VERSION } from '../../protocol.ts'

/** The revisions that open with `initialize`, oldest first. */
const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']

export const initialize: Audit[] = [
  ...REVISIONS.map((version) =>
    should(
      `legacy/initialize/${version}`,
      'B1.2',
      `negotiates ${version} with a client that asks for it`,
      async (client) => {
        expectEqual(getResult(await client.initialize(version)).protocolVersion, version, 'protocolVersion')
      },
    ),
  ),
  must(
    'legacy/initialize/unknown-version',
    'B1.2',
    'offers a revision of its own for one that it does not know',
    async (client) => {
      const { protocolVersion } = getResult(await client.initialize('1999-12-31'))
      expect(
        REVISIONS.includes(protocolVersion as string),
        'a revision that has a handshake',
        protocolVersion,
      )
    },
  ),
  must(
    'legacy/initialize/modern-version',
    'B1.2',
    'offers no revision that has no handshake',
    async (client) => {
      const { protocolVersion } = getResult(await client.initialize(MODERN_VERSION))
      expect(
        REVISIONS.includes(protocolVersion as string),
        'a revision that has a handshake',
        protocolVersion,
      )
    },
  ),
  must(
    'legacy/initialize/result',
    'B1.1',
    'says who the server is and what it is capable of',
    async (client) => {
      const { serverInfo, capabilities } = getResult(await client.initialize(LEGACY_VERSION))
      expect(
        isObject(serverInfo) && typeof serverInfo.name === 'string',
        'serverInfo with a name',
        serverInfo,
      )
      expect(typeof serverInfo.version === 'string', 'serverInfo with a version', serverInfo)
      expect(isObject(capabilities), 'capabilities', capabilities)
    },
  ),
  must(
    'legacy/initialize/no-modern-fields',
    'E',
    'puts nothing of 2026-07-28 into the result',
    async (client) => {
      const result = getResult(await client.initialize(LEGACY_VERSION))
      for (const key of ['resultType', 'ttlMs', 'cacheScope', 'supportedVersions'])
        expect(!(key in result), `no ${key}`, result)
    },
  ),
  should(
    'legacy/initialize/version-header',
    'B7.4',
    'ignores a version header on initialize',
    async (client) => {
      const headers = { 'mcp-protocol-version': 'latest' }
      getResult(await client.initialize(LEGACY_VERSION, { headers }))
    },
  ),
  must('legacy/initialize/string-id', 'A1.2', 'echoes an id that is a string', async (client) => {
    getResult(await client.initialize(LEGACY_VERSION, { id: '7' }))
  }),
  must(
    'legacy/initialize/invalid',
    'B1.1',
    'answers an error to an initialize without params',
    async (client) => {
      const reply = await client.post({ jsonrpc: '2.0', id: 1, method: 'initialize' })
      expect(isObject(reply.messages[0]?.error), 'an error', reply.text)
    },
  ),
  must(
    'legacy/initialize/initialized',
    'B1.4',
    'answers 202 without a body to notifications/initialized',
    async (client) => {
      const reply = await client.postLegacy({ jsonrpc: '2.0', method: 'notifications/initialized' })
      expectStatus(reply, 202)
      expectEqual(reply.text, '', 'the body')
    },
  ),
  should(
    'legacy/initialize/session-id',
    'B6.2',
    'mints session ids of visible ASCII, if any',
    async (client) => {
      const id = (await client.legacyHeaders())['mcp-session-id'] ?? 'none'
      expect(/^[\x21-\x7e]+$/.test(id), 'visible ASCII', id)
    },
  ),
  must('legacy/initialize/first-request', 'B1.1', 'serves a client after its handshake', async (client) => {
    getResult(await client.legacy('ping'))
  }),
  must(
    'legacy/initialize/not-discover',
    'E',
    'knows no server/discover without an envelope',
    async (client) => {
      getError(await client.legacy('server/discover'), 200, -32601)
    },
  ),
]
