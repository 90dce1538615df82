import { type Era, Skip } from './audit.ts'
import type { Client } from './client.ts'
import { expect } from './expect.ts'
import type { Json, Reply } from './reply.ts'

const MAX_PAGES = 50

/** Something that a server lists. */
export interface Listed extends Json {
  name: string
}

type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates'

const METHOD_OF_LIST: Record<ListName, string> = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
}

/** Asks in the words of an era. */
export function ask(client: Client, era: Era, method: string, params: Json = {}): Promise<Reply> {
  return era === 'modern' ? client.modern(method, params) : client.legacy(method, params)
}

/** Everything that a server lists, or nothing where it does not implement the list. */
export function readList(client: Client, era: Era, list: ListName): Promise<Listed[]> {
  return client.learn(`${era} ${list}`, async () => {
    const method = METHOD_OF_LIST[list]
    const items: Listed[] = []
    let cursor: unknown
    for (let page = 0; page < MAX_PAGES; page++) {
      const { messages, text } = await ask(client, era, method, cursor === undefined ? {} : { cursor })
      const { result, error } = messages.at(-1) ?? {}
      if (error?.code === -32601) return []
      expect(Array.isArray(result?.[list]), `${method} to answer with ${list}`, text)
      items.push(...(result[list] as Listed[]))
      cursor = result.nextCursor
      if (cursor === undefined) break
    }
    return items
  })
}

/** The capabilities that a server declares. */
export function capabilitiesOf(client: Client, era: Era): Promise<Json> {
  return client.learn(`${era} capabilities`, async () => {
    const reply =
      era === 'modern' ? await client.modern('server/discover') : await client.initialize('2025-11-25')
    const capabilities = reply.messages.at(-1)?.result?.capabilities
    expect(typeof capabilities === 'object' && capabilities !== null, 'capabilities', reply.text)
    return capabilities as Json
  })
}

export async function needTool(client: Client, era: Era, name: string): Promise<void> {
  const tools = await readList(client, era, 'tools')
  if (!tools.some((tool) => tool.name === name)) throw new Skip(`needs the fixture tool ${name}`)
}

export async function needPrompt(client: Client, era: Era, name: string): Promise<void> {
  const prompts = await readList(client, era, 'prompts')
  if (!prompts.some((prompt) => prompt.name === name)) throw new Skip(`needs the fixture prompt ${name}`)
}

export async function needResource(client: Client, era: Era, uri: string): Promise<void> {
  const resources = await readList(client, era, 'resources')
  if (!resources.some((resource) => resource.uri === uri)) throw new Skip(`needs the fixture resource ${uri}`)
}

export async function needTemplate(client: Client, era: Era, template: string): Promise<void> {
  const templates = await readList(client, era, 'resourceTemplates')
  if (!templates.some(({ uriTemplate }) => uriTemplate === template))
    throw new Skip(`needs the fixture resource template ${template}`)
}

export async function needCapability(client: Client, era: Era, ...path: string[]): Promise<void> {
  let value: unknown = await capabilitiesOf(client, era)
  for (const key of path) value = (value as Json | undefined)?.[key]
  if (!value) throw new Skip(`needs the capability ${path.join('.')}`)
}
