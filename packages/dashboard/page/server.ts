import { computed, signal } from '@preact/signals'
import { request, withToken } from './access.ts'
import { clientEra, isEraChosen } from './protocol/era.ts'
import { connectLegacy } from './protocol/legacy-client.ts'
import { Unauthorized } from './protocol/messages.ts'

export interface Described {
  name?: string
  title?: string
  description?: string
  [key: string]: any
}

/** A list that a server has; undefined until it has been read. */
export interface Listing {
  items: Described[]
  error?: string
}

export interface Discovered {
  capabilities: Record<string, any>
  supportedVersions: string[]
  instructions?: string
  info: { name?: string; title?: string; version?: string; websiteUrl?: string; description?: string }
}

export interface Change {
  at: number
  method: string
  uri?: string
}

export const discovered = signal<Discovered | undefined>(undefined)
export const failure = signal<string | undefined>(undefined)
export const lists = {
  tools: signal<Listing | undefined>(undefined),
  prompts: signal<Listing | undefined>(undefined),
  resources: signal<Listing | undefined>(undefined),
  templates: signal<Listing | undefined>(undefined),
}
export const changes = signal<Change[]>([])
/** Resources whose updates are wanted. */
export const watched = signal<readonly string[]>([])

const METHODS = {
  tools: ['tools/list', 'tools', 'tools'],
  prompts: ['prompts/list', 'prompts', 'prompts'],
  resources: ['resources/list', 'resources', 'resources'],
  templates: ['resources/templates/list', 'resourceTemplates', 'resources'],
} as const

export type ListName = keyof typeof METHODS

const MAX_PAGES = 100

/** Reads everything again. */
export async function reload(): Promise<void> {
  try {
    await discover()
    failure.value = undefined
  } catch (error) {
    if (error instanceof Unauthorized || !(await findEra())) {
      failure.value = (error as Error).message
      return
    }
    failure.value = undefined
  }
  await readLists()
}

/** Tries the 2025 era, for servers that do not speak 2026-07-28. */
async function findEra(): Promise<boolean> {
  if (isEraChosen() || discovered.peek() || clientEra.peek() !== '2026') return false
  for (const era of ['2025-session', '2025'] as const) {
    clientEra.value = era
    try {
      await discover()
      return true
    } catch {
      // the next era may be spoken
    }
  }
  clientEra.value = '2026'
  return false
}

async function discover(): Promise<void> {
  discovered.value = clientEra.peek() === '2026' ? await discoverModern() : await discoverLegacy()
  const { info } = discovered.value
  document.title = `${info.title ?? info.name ?? 'MCP server'} · Portico`
}

async function discoverModern(): Promise<Discovered> {
  const { result, error } = await request('server/discover', {})
  if (error) throw new Error(error.message)
  const info = result._meta?.['io.modelcontextprotocol/serverInfo'] ?? {}
  return { capabilities: {}, supportedVersions: [], ...result, info }
}

async function discoverLegacy(): Promise<Discovered> {
  const withSession = clientEra.peek() === '2025-session'
  const { version, result } = await withToken((token) => connectLegacy({ withSession, token }))
  const { capabilities = {}, serverInfo: info = {}, instructions } = result
  return { capabilities, supportedVersions: [version], info, ...(instructions && { instructions }) }
}

const readLists = async (): Promise<void> => {
  await Promise.all((Object.keys(METHODS) as ListName[]).map(readList))
}

/** Reads one list, page by page. */
export async function readList(name: ListName): Promise<void> {
  const [method, member, capability] = METHODS[name]
  if (!discovered.value?.capabilities[capability]) {
    lists[name].value = { items: [] }
    return
  }
  const items: Described[] = []
  try {
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const { result, error } = await request(method, cursor === undefined ? {} : { cursor })
      if (error) throw new Error(error.message)
      if (Array.isArray(result[member])) items.push(...result[member])
      cursor = result.nextCursor
      if (cursor === undefined) break
    }
    lists[name].value = { items }
  } catch (error) {
    lists[name].value = { items, error: (error as Error).message }
  }
}

/** What the server offers, so that a change of it can be noticed. */
export const offer = computed(() => discovered.value && JSON.stringify(discovered.value.capabilities))

/** Reads the lists again if a call has changed the server's capabilities and the server announces no changes. */
export async function lookAgain(): Promise<void> {
  const { capabilities = {} } = discovered.value ?? {}
  if (['tools', 'prompts', 'resources'].every((family) => capabilities[family]?.listChanged)) return
  const before = offer.value
  await discover().catch(() => {})
  if (offer.value !== before) await readLists()
}
