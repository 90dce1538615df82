import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { JsonValue } from '@portico-mcp/sessions'
import { toAttribute } from './attribute-value.ts'
import { type Item, type ItemUpdate, now } from './table.ts'

/** A change of one name of a session's data; null removes it. */
export type Change = [name: string, value: JsonValue]

export const NAMES = { '#ttl': 'ttl' }

/** Every change also sets when it was made, and a new version. */
export const CHANGED = '#updatedAt = :updatedAt, #version = :version'
export const CHANGED_NAMES = { '#updatedAt': 'updatedAt', '#version': 'version' }
export const buildChangeValues = (): Item => ({
  ':updatedAt': date(),
  ':version': { S: crypto.randomUUID() },
})

/** The condition that an item has not expired. */
export const LIVE = '#ttl > :now'

export const date = (): AttributeValue => ({ S: new Date(Date.now()).toISOString() })

export const seconds = (): AttributeValue => ({ N: String(now()) })

/** Builds an update of some names of the data. Without any, it still sets `updatedAt`. */
export function buildUpdate(Key: { sessionId: AttributeValue }, changing: readonly Change[]): ItemUpdate {
  const names: Record<string, string> = { ...NAMES, ...CHANGED_NAMES }
  const values: Item = { ':now': seconds(), ...buildChangeValues() }
  const set = [CHANGED]
  const remove: string[] = []
  for (const [index, [name, value]] of changing.entries()) {
    // DynamoDB rejects an update that declares a name which no expression uses.
    names['#data'] = 'data'
    names[`#${index}`] = name
    if (value === null) {
      remove.push(`#data.#${index}`)
      continue
    }
    values[`:${index}`] = toAttribute(value)
    set.push(`#data.#${index} = :${index}`)
  }
  return {
    Key,
    UpdateExpression: `SET ${set}${remove.length > 0 ? ` REMOVE ${remove}` : ''}`,
    ConditionExpression: LIVE,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  }
}

/** Applies changes to a copy of the data. */
export function applyChanges(data: Item, changing: readonly Change[]): Item {
  const all = new Map(Object.entries(data))
  for (const [name, value] of changing) {
    if (value === null) all.delete(name)
    else all.set(name, toAttribute(value))
  }
  return Object.fromEntries(all)
}
