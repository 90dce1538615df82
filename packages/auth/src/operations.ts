import type { Operation } from './scope-rules.ts'

/** A parsed body that has not been validated. */
type Json = unknown

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the method of a single message. A batch has none. */
export const readMethod = (body: Json): string | undefined =>
  isObject(body) && typeof body.method === 'string' ? body.method : undefined

/** Lists the operations that the messages of a body ask for. Malformed messages are skipped: the handler refuses them. */
export const listOperations = (body: Json): Operation[] =>
  [body].flat().flatMap((message) => (isObject(message) ? listMessageOperations(message) : []))

function listMessageOperations({ method, params }: Record<string, Json>): Operation[] {
  if (!isObject(params)) return []
  switch (method) {
    case 'tools/call':
      return toOperations('tool', params.name)
    case 'prompts/get':
      return toOperations('prompt', params.name)
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return toOperations('resource', params.uri)
    case 'completion/complete':
      return isObject(params.ref)
        ? [...toOperations('prompt', params.ref.name), ...toOperations('resource', params.ref.uri)]
        : []
    case LISTENING: {
      const uris = isObject(params.notifications) ? params.notifications.resourceSubscriptions : []
      return [uris].flat().flatMap((uri) => toOperations('resource', uri))
    }
    default:
      return []
  }
}

const toOperations = (type: Operation['type'], name: Json): Operation[] =>
  typeof name === 'string' ? [{ type, name }] : []

const LISTENING = 'subscriptions/listen'

/** Whether a body may be for tasks: calls that have answered with a handle, which names no tool. */
export const concernsTasks = (body: Json): boolean =>
  [body].flat().some((message) => {
    const method = readMethod(message)
    return method === LISTENING || method?.startsWith('tasks/') === true
  })

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']

/** Whether the response to a body may contain a list. */
export const mayReturnList = (body: Json): boolean =>
  [body].flat().some((message) => isObject(message) && LISTS.includes(message.method as string))

/** Removes the items that the caller may not use from the list in a message. */
export function removeHidden(message: Json, mayUse: (operation: Operation) => boolean): Json {
  if (Array.isArray(message)) return message.map((one) => removeHidden(one, mayUse))
  if (!isObject(message) || !isObject(message.result)) return message
  const { result } = message
  const visible = Object.fromEntries(
    MEMBERS.flatMap(({ member, type, key }) => {
      const list = result[member]
      if (!Array.isArray(list)) return []
      return [[member, list.filter((one) => toOperations(type, one?.[key]).every(mayUse))]]
    }),
  )
  // A filtered list depends on the caller, so it must not be cached for others.
  const caching = Object.keys(visible).length > 0 && 'cacheScope' in result && { cacheScope: 'private' }
  return { ...message, result: { ...result, ...visible, ...caching } }
}

const MEMBERS = [
  { member: 'tools', type: 'tool', key: 'name' },
  { member: 'prompts', type: 'prompt', key: 'name' },
  { member: 'resources', type: 'resource', key: 'uri' },
  { member: 'resourceTemplates', type: 'resource', key: 'uriTemplate' },
] as const
