import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getResult, isObject } from '../../expect.ts'
import { needCapability, needPrompt, needResource, needTemplate, needTool } from '../../offers.ts'
import { SERVER_INFO_KEY } from '../../protocol.ts'
import { at, type Json } from '../../reply.ts'

interface Method {
  name: string
  params: Json
  cacheable: boolean
  need(client: Client): Promise<void>
}

const always = async (): Promise<void> => {}

const METHODS: Method[] = [
  { name: 'server/discover', params: {}, cacheable: true, need: always },
  {
    name: 'tools/list',
    params: {},
    cacheable: true,
    need: (client) => needCapability(client, 'modern', 'tools'),
  },
  {
    name: 'tools/call',
    params: { name: 'audit_echo', arguments: {} },
    cacheable: false,
    need: (client) => needTool(client, 'modern', 'audit_echo'),
  },
  {
    name: 'prompts/list',
    params: {},
    cacheable: true,
    need: (client) => needCapability(client, 'modern', 'prompts'),
  },
  {
    name: 'prompts/get',
    params: { name: 'audit_greet', arguments: { name: 'Ada' } },
    cacheable: false,
    need: (client) => needPrompt(client, 'modern', 'audit_greet'),
  },
  {
    name: 'resources/list',
    params: {},
    cacheable: true,
    need: (client) => needCapability(client, 'modern', 'resources'),
  },
  {
    name: 'resources/templates/list',
    params: {},
    cacheable: true,
    need: (client) => needCapability(client, 'modern', 'resources'),
  },
  {
    name: 'resources/read',
    params: { uri: 'audit://text' },
    cacheable: true,
    need: (client) => needResource(client, 'modern', 'audit://text'),
  },
  {
    name: 'completion/complete',
    params: {
      ref: { type: 'ref/resource', uri: 'audit://item/{id}' },
      argument: { name: 'id', value: '1' },
    },
    cacheable: false,
    need: (client) => needTemplate(client, 'modern', 'audit://item/{id}'),
  },
]

async function resultFor(client: Client, { name, params, need }: Method): Promise<Json> {
  await need(client)
  return getResult(await client.modern(name, params))
}

const resultTypes = METHODS.map((method) =>
  must(
    `modern/result-type/${slug(method)}`,
    'A12.1',
    `puts a resultType on the result of ${method.name}`,
    async (client) => {
      expectEqual((await resultFor(client, method)).resultType, 'complete', 'resultType')
    },
  ),
)

const caching = METHODS.map((method) =>
  method.cacheable
    ? must(
        `modern/caching/${slug(method)}`,
        'A13.1',
        `says how long the result of ${method.name} may be cached`,
        async (client) => {
          const { ttlMs, cacheScope } = await resultFor(client, method)
          expect(
            Number.isInteger(ttlMs) && (ttlMs as number) >= 0,
            'ttlMs to be an integer of at least 0',
            ttlMs,
          )
          expect(
            cacheScope === 'public' || cacheScope === 'private',
            'cacheScope public or private',
            cacheScope,
          )
        },
      )
    : must(
        `modern/caching/${slug(method)}`,
        'A13.1',
        `puts no caching hints on the result of ${method.name}`,
        async (client) => {
          const result = await resultFor(client, method)
          expect(!('ttlMs' in result) && !('cacheScope' in result), 'no ttlMs and no cacheScope', result)
        },
      ),
)

export const results: Audit[] = [
  ...resultTypes,
  ...caching,
  should(
    'modern/server-info/every-result',
    'A3.7',
    'says in every result who the server is',
    async (client) => {
      for (const name of ['server/discover', 'tools/list', 'tools/call', 'resources/read']) {
        const method = METHODS.find((method) => method.name === name) as Method
        const info = at(await resultFor(client, method), '_meta', SERVER_INFO_KEY)
        expect(
          isObject(info) && typeof info.name === 'string' && typeof info.version === 'string',
          `name and version in the result of ${name}`,
          info,
        )
      }
    },
  ),
  must('modern/caching/errors', 'A13.1', 'puts no caching hints on an error', async (client) => {
    const { text } = await client.modern('audit/unknown')
    expect(!text.includes('ttlMs') && !text.includes('cacheScope'), 'no ttlMs and no cacheScope', text)
  }),
  must(
    'modern/result-type/failed-tool',
    'A12.1',
    'puts a resultType on the result of a tool that failed',
    async (client) => {
      await needTool(client, 'modern', 'audit_fail')
      const result = getResult(await client.modern('tools/call', { name: 'audit_fail', arguments: {} }))
      expectEqual([result.isError, result.resultType], [true, 'complete'], 'isError and resultType')
    },
  ),
]

function slug({ name }: Method): string {
  return name.replaceAll('/', '-')
}
