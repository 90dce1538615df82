import type { Operation } from './scope-rules.ts'

/** A body as JSON, of which nothing is known. */
type Json = unknown

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The method of a single message; undefined for a batch, which has none. */
export const methodOf = (body: Json): string | undefined =>
  isObject(body) && typeof body.method === 'string' ? body.method : undefined

/** What the messages of a body want to do. What is malformed wants nothing: the handler refuses it. */
export const operationsOf = (body: Json): Operation[] =>
  [body].flat().flatMap((message) => (isObject(message) ? operationsOfMessage(message) : []))

function operationsOfMessage({ method, params }: Record<string, Json>): Operation[] {
  if (!isObject(params)) return []
  switch (method) {
    case 'tools/call':
      return named('tool', params.name)
    case 'prompts/get':
      return named('prompt', params.name)
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return named('resource', params.uri)
    case 'completion/complete':
      return isObject(params.ref)
        ? [...named('prompt', params.ref.name), ...named('resource', params.ref.uri)]
        : []
    case 'subscriptions/listen': {
      const uris = isObject(params.notifications) ? params.notifications.resourceSubscriptions : []
      return [uris].flat().flatMap((uri) => named('resource', uri))
    }
    default:
      return []
  }
}

const named = (type: Operation['type'], name: Json): Operation[] =>
  typeof name === 'string' ? [{ type, name }] : []

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']

/** Whether an answer to a body may hold a list. */
export const listsAnything = (body: Json): boolean =>
  [body].flat().some((message) => isObject(message) && LISTS.includes(message.method as string))

/** Leaves out of the list that a message carries what may not be used. */
export function withoutHidden(message: Json, mayUse: (operation: Operation) => boolean): Json {
  if (Array.isArray(message)) return message.map((one) => withoutHidden(one, mayUse))
  if (!isObject(message) || !isObject(message.result)) return message
  const { result } = message
  const shown = Object.fromEntries(
    MEMBERS.flatMap(({ member, type, key }) => {
      const list = result[member]
      if (!Array.isArray(list)) return []
      return [[member, list.filter((one) => named(type, one?.[key]).every(mayUse))]]
    }),
  )
  // what depends on who asks is no one else's
  const caching = Object.keys(shown).length > 0 && 'cacheScope' in result && { cacheScope: 'private' }
  return { ...message, result: { ...result, ...shown, ...caching } }
}

const MEMBERS = [
  { member: 'tools', type: 'tool', key: 'name' },
  { member: 'prompts', type: 'prompt', key: 'name' },
  { member: 'resources', type: 'resource', key: 'uri' },
  { member: 'resourceTemplates', type: 'resource', key: 'uriTemplate' },
] as const
