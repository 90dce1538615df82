import { computed, effect, signal } from '@preact/signals'
import { request, token } from './access.ts'
import { type Notification, Unauthorized } from './client.ts'

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

export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'unauthorized'

export const discovered = signal<Discovered | undefined>(undefined)
export const failure = signal<string | undefined>(undefined)
export const lists = {
  tools: signal<Listing | undefined>(undefined),
  prompts: signal<Listing | undefined>(undefined),
  resources: signal<Listing | undefined>(undefined),
  templates: signal<Listing | undefined>(undefined),
}
export const changes = signal<Change[]>([])
/** How the stream of changes stands, and what the server agreed to tell. */
export const listening = signal<{ state: ConnectionState; agreed?: Record<string, any> }>({
  state: 'connecting',
})
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
const MAX_CHANGES = 200

/** Reads everything again. */
export async function reload(): Promise<void> {
  try {
    await discover()
    failure.value = undefined
  } catch (error) {
    failure.value = (error as Error).message
    return
  }
  await readLists()
}

async function discover(): Promise<void> {
  const { result, error } = await request('server/discover', {})
  if (error) throw new Error(error.message)
  const info = result._meta?.['io.modelcontextprotocol/serverInfo'] ?? {}
  discovered.value = { capabilities: {}, supportedVersions: [], ...result, info }
  document.title = `${info.title ?? info.name ?? 'MCP server'} · Portico`
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

const OF_CHANGE: Record<string, ListName[]> = {
  'notifications/tools/list_changed': ['tools'],
  'notifications/prompts/list_changed': ['prompts'],
  'notifications/resources/list_changed': ['resources', 'templates'],
}

function hear({ method, params }: Notification): void {
  if (method === 'notifications/subscriptions/acknowledged') {
    listening.value = { state: 'connected', agreed: params?.notifications ?? {} }
    return
  }
  const change = { at: Date.now(), method, ...(typeof params?.uri === 'string' && { uri: params.uri }) }
  changes.value = [change, ...changes.value].slice(0, MAX_CHANGES)
  for (const name of OF_CHANGE[method] ?? []) void readList(name)
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000]

async function listen(signal: AbortSignal, uris: readonly string[]): Promise<void> {
  const notifications = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  }
  let failures = 0
  while (!signal.aborted) {
    listening.value = { state: failures === 0 ? 'connecting' : 'waiting' }
    try {
      await request('subscriptions/listen', { notifications }, { signal, onnotification: hear })
      failures = 1
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Unauthorized) {
        listening.value = { state: 'unauthorized' }
        return
      }
      failures = listening.peek().state === 'connected' ? 1 : failures + 1
    }
    listening.value = { state: 'waiting' }
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]))
    // what changed meanwhile went unheard
    if (!signal.aborted) void reload()
  }
}

/** Looks whether a call changed what the server has, where it would not say so itself. */
export async function lookAgain(): Promise<void> {
  const { capabilities = {} } = discovered.value ?? {}
  if (['tools', 'prompts', 'resources'].every((family) => capabilities[family]?.listChanged)) return
  const before = offer.value
  await discover().catch(() => {})
  if (offer.value !== before) await readLists()
}

/** What the server has, so that a change of it can be told. */
const offer = computed(() => discovered.value && JSON.stringify(discovered.value.capabilities))

/** Keeps the stream of changes open, as whoever is signed in. */
export function keepListening(): void {
  effect(() => {
    const [, uris] = [token.value, watched.value]
    if (offer.value === undefined) return undefined
    const controller = new AbortController()
    void listen(controller.signal, uris)
    return () => controller.abort()
  })
}
