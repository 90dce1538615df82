import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { JsonValue } from '@portico-mcp/sessions'

// DynamoDB allows 32 levels, including those of the item and its data.
const MAX_DEPTH = 28

/** Converts JSON to an attribute value. A value that DynamoDB cannot represent becomes a binary value with its JSON. */
export function toAttribute(value: JsonValue): AttributeValue {
  return fits(value) ? toNative(value) : { B: new TextEncoder().encode(JSON.stringify(value)) }
}

/** Converts an attribute value of {@link toAttribute} back to JSON. */
export function fromAttribute({ S, N, BOOL, L, M, B }: AttributeValue): JsonValue {
  if (S !== undefined) return S
  if (N !== undefined) return Number(N)
  if (BOOL !== undefined) return BOOL
  if (L) return L.map((item) => fromAttribute(item))
  if (M) return fromAttributes(M)
  if (B) return JSON.parse(new TextDecoder().decode(B))
  return null
}

/**
 * Converts an object to attribute values.
 *
 * @throws TypeError for a name that is empty, or that DynamoDB or its SDK cannot represent.
 */
export const toAttributes = (object: Record<string, JsonValue>): Record<string, AttributeValue> =>
  mapValues(object, (value, name) => {
    checkName(name)
    return toAttribute(value)
  })

/** @throws TypeError for a name that DynamoDB or its SDK cannot represent. */
export function checkName(name: string): string {
  if (isName(name)) return name
  throw new TypeError(`A name in the data of a session cannot be ${JSON.stringify(name)}`)
}

/** Converts attribute values of {@link toAttributes} back to an object. */
export const fromAttributes = (attributes: Record<string, AttributeValue>): Record<string, JsonValue> =>
  mapValues(attributes, fromAttribute)

function toNative(value: JsonValue): AttributeValue {
  if (value === null) return { NULL: true }
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (Array.isArray(value)) return { L: value.map(toNative) }
  return { M: mapValues(value, toNative) }
}

/** Whether DynamoDB can represent a value: non-empty names, numbers from 1e-130 to 1e126, at most 32 levels. */
function fits(value: JsonValue, depth = 0): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value)
  if (typeof value === 'number') return value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 1e126)
  if (typeof value !== 'object' || value === null) return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => fits(item, depth + 1))
  return Object.entries(value).every(([name, item]) => isName(name) && fits(item, depth + 1))
}

// The SDK loses a property with the name __proto__.
const isName = (name: string): boolean => name !== '' && name !== '__proto__' && fits(name)

const mapValues = <From, To>(
  object: Record<string, From>,
  map: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, map(value, name)]),
  )
