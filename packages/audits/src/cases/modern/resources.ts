import { type Audit, must, Skip, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getError, getResult } from '../../expect.ts'
import { needCapability, needResource, needTemplate, readList } from '../../offers.ts'
import type { Json } from '../../reply.ts'

const MISSING = 'audit://no-such-resource'

async function contentsOf(client: Client, uri: string): Promise<Json> {
  const { contents } = getResult(await client.modern('resources/read', { uri }))
  expect(Array.isArray(contents) && contents.length > 0, 'contents', contents)
  return contents[0] as Json
}

async function pagesOf(client: Client): Promise<Json[]> {
  const pages: Json[] = []
  let cursor: unknown
  do {
    pages.push(getResult(await client.modern('resources/list', cursor === undefined ? {} : { cursor })))
    cursor = pages.at(-1)?.nextCursor
  } while (cursor !== undefined && pages.length < 50)
  if (pages.length < 2) throw new Skip('needs a list of resources with several pages')
  return pages
}

export const resources: Audit[] = [
  must(
    'modern/resources/missing',
    'A14.8',
    'answers -32602 to a resource that there is not',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      getError(await client.modern('resources/read', { uri: MISSING }), [200, 400], -32602)
    },
  ),
  should('modern/resources/missing-uri', 'A14.8', 'names the resource that there is not', async (client) => {
    await needCapability(client, 'modern', 'resources')
    const { data } = getError(await client.modern('resources/read', { uri: MISSING }), [200, 400], -32602)
    expectEqual(data?.uri, MISSING, 'data.uri')
  }),
  must(
    'modern/resources/no-uri',
    'A14.9',
    'answers -32602 to a read that names no resource',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      getError(await client.modern('resources/read'), [200, 400], -32602)
    },
  ),
  must('modern/resources/bad-uri', 'A14.9', 'answers -32602 to what is no URI', async (client) => {
    await needCapability(client, 'modern', 'resources')
    getError(await client.modern('resources/read', { uri: 'not a uri' }), [200, 400], -32602)
  }),
  must('modern/resources/text', 'A14.8', 'reads text', async (client) => {
    await needResource(client, 'modern', 'audit://text')
    const { uri, text } = await contentsOf(client, 'audit://text')
    expectEqual([uri, text], ['audit://text', 'Grüße aus der Prüfung'], 'uri and text')
  }),
  must('modern/resources/blob', 'A14.9', 'reads bytes in base64', async (client) => {
    await needResource(client, 'modern', 'audit://blob')
    const { blob } = await contentsOf(client, 'audit://blob')
    const bytes = Array.from(atob(String(blob)), (character) => character.charCodeAt(0))
    expectEqual(bytes, [0, 1, 2, 253, 254, 255], 'the bytes')
  }),
  must('modern/resources/template', 'A14.8', 'reads a resource of a template', async (client) => {
    await needTemplate(client, 'modern', 'audit://item/{id}')
    expectEqual((await contentsOf(client, 'audit://item/7')).text, 'item 7', 'the text')
  }),
  must(
    'modern/resources/listed-once',
    'A14.12',
    'lists every resource once, over all pages',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      const uris = (await readList(client, 'modern', 'resources')).map(({ uri }) => uri)
      expectEqual(new Set(uris).size, uris.length, 'the number of URIs')
    },
  ),
  must(
    'modern/resources/page-scope',
    'A13.2',
    'gives every page of a list the same cacheScope',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      const pages = await pagesOf(client)
      const scopes = new Set(pages.map(({ cacheScope }) => cacheScope))
      expectEqual(scopes.size, 1, 'the number of scopes')
    },
  ),
  should(
    'modern/resources/invalid-cursor',
    'A14.12',
    'answers -32602 to a cursor that it never gave',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      await pagesOf(client)
      getError(await client.modern('resources/list', { cursor: 'audit-no-such-cursor' }), [200, 400], -32602)
    },
  ),
  must(
    'modern/resources/cursor-type',
    'A14.12',
    'answers -32602 to a cursor that is no string',
    async (client) => {
      await needCapability(client, 'modern', 'resources')
      getError(await client.modern('resources/list', { cursor: 42 }), [200, 400], -32602)
    },
  ),
]
