import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { JsonValue } from '@portico-mcp/sessions'

// of 32, with what the value stands in
const MAX_DEPTH = 28

/** JSON as DynamoDB has it; what DynamoDB cannot hold as it is becomes a binary value, with the JSON as UTF-8. */
export function toAttribute(value: JsonValue): AttributeValue {
  return fits(value) ? toNative(value) : { B: new TextEncoder().encode(JSON.stringify(value)) }
}

/** JSON that {@link toAttribute} made. */
export function fromAttribute({ S, N, BOOL, L, M, B }: AttributeValue): JsonValue {
  if (S !== undefined) return S
  if (N !== undefined) return Number(N)
  if (BOOL !== undefined) return BOOL
  if (L) return L.map(fromAttribute)
  if (M) return fromAttributes(M)
  if (B) return JSON.parse(new TextDecoder().decode(B))
  return null
}

/** An object, one value after the other. */
export const toAttributes = (object: Record<string, JsonValue>): Record<string, AttributeValue> =>
  mapped(object, toAttribute)

/** An object that {@link toAttributes} made. */
export const fromAttributes = (attributes: Record<string, AttributeValue>): Record<string, JsonValue> =>
  mapped(attributes, fromAttribute)

function toNative(value: JsonValue): AttributeValue {
  if (value === null) return { NULL: true }
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (Array.isArray(value)) return { L: value.map(toNative) }
  return { M: mapped(value, toNative) }
}

/** Whether DynamoDB takes a value: no name without characters, numbers of 1e-130 to 1e126, 32 levels. */
function fits(value: JsonValue, depth = 0): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value)
  if (typeof value === 'number') return value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 1e126)
  if (typeof value !== 'object' || value === null) return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => fits(item, depth + 1))
  return Object.entries(value).every(([name, item]) => name !== '' && fits(name) && fits(item, depth + 1))
}

const mapped = <From, To>(object: Record<string, From>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, map(value)]),
  )
