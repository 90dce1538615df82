import { type Audit, must, Skip, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getError, getResult, isObject } from '../../expect.ts'
import { MODERN_VERSION } from '../../protocol.ts'
import type { Json } from '../../reply.ts'

const KNOWN = ['tools', 'prompts', 'resources', 'completions', 'logging', 'experimental', 'extensions']

/** What needs which capability. */
const FAMILIES: [capability: string, method: string, params: Json][] = [
  ['tools', 'tools/list', {}],
  ['tools', 'tools/call', { name: 'audit_echo', arguments: {} }],
  ['prompts', 'prompts/list', {}],
  ['resources', 'resources/list', {}],
  ['resources', 'resources/templates/list', {}],
  [
    'completions',
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'a' }, argument: { name: 'a', value: '' } },
  ],
]

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']
const BARE = { headers: { 'audit-fixture': 'bare' } }

async function discover(client: Client): Promise<Json> {
  return getResult(await client.modern('server/discover'))
}

async function capabilities(client: Client): Promise<Json> {
  const result = await discover(client)
  expect(isObject(result.capabilities), 'capabilities to be an object', result)
  return result.capabilities
}

export const discovery: Audit[] = [
  must('modern/discover/answers', 'A6.2', 'answers server/discover', async (client) => {
    await discover(client)
  }),
  must('modern/discover/versions', 'A6.3', 'lists 2026-07-28 among supportedVersions', async (client) => {
    const { supportedVersions } = await discover(client)
    expect(
      Array.isArray(supportedVersions) && supportedVersions.includes(MODERN_VERSION),
      `supportedVersions with ${MODERN_VERSION}`,
      supportedVersions,
    )
  }),
  must('modern/discover/capabilities', 'A6.3', 'says what the server is capable of', async (client) => {
    await capabilities(client)
  }),
  must(
    'modern/discover/known-capabilities',
    'A6.6',
    'declares only capabilities that the revision knows',
    async (client) => {
      for (const key of Object.keys(await capabilities(client)))
        expect(KNOWN.includes(key), 'a known capability', key)
    },
  ),
  must(
    'modern/discover/no-identity',
    'A6.3',
    'keeps the handshake’s own fields out of the result',
    async (client) => {
      const result = await discover(client)
      for (const key of ['serverInfo', 'protocolVersion']) expect(!(key in result), `no ${key}`, result[key])
    },
  ),
  must('modern/discover/instructions', 'A6.3', 'gives instructions as text, if any', async (client) => {
    const { instructions } = await discover(client)
    expect(['undefined', 'string'].includes(typeof instructions), 'a string', instructions)
  }),
  must(
    'modern/discover/extensions',
    'A18.1',
    'declares extensions under ids with a prefix',
    async (client) => {
      const { extensions = {} } = await capabilities(client)
      expect(isObject(extensions), 'extensions to be an object', extensions)
      for (const id of Object.keys(extensions)) expect(/^[^/.]+\.[^/]+\/.+/.test(id), 'a prefixed id', id)
    },
  ),
  must(
    'modern/discover/lists-served',
    'A14.1',
    'answers the list of every family that it declares',
    async (client) => {
      const declared = await capabilities(client)
      for (const method of LISTS) {
        if (declared[method.split('/')[0] as string]) getResult(await client.modern(method))
      }
    },
  ),
  must(
    'modern/discover/unadvertised',
    'A6.4',
    'answers 404 to the methods of a family that it does not declare',
    async (client) => {
      const declared = getResult(await client.modern('server/discover', {}, BARE)).capabilities as Json
      const undeclared = FAMILIES.filter(([capability]) => !(capability in declared))
      if (undeclared.length === 0) throw new Skip('the server declares every family')
      for (const [, method, params] of undeclared)
        getError(await client.modern(method, params, BARE), 404, -32601)
    },
  ),
  must(
    'modern/discover/every-request',
    'A1.7',
    'remembers nothing of a client between two requests',
    async (client) => {
      const first = await discover(client)
      const second = await discover(client)
      expectEqual(second, first, 'the second answer')
    },
  ),
  should(
    'modern/discover/in-sse',
    'A8.1',
    'answers one that takes streams only with a stream',
    async (client) => {
      const reply = await client.modern('server/discover', {}, { headers: { accept: 'text/event-stream' } })
      getResult(reply)
      expect(reply.streamed, 'an event stream', reply.headers.get('content-type'))
    },
  ),
]
