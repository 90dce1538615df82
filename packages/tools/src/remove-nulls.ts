import { isObject } from './objects.ts'

type Schema = Record<string, unknown>

const MAX_DEPTH = 30

/**
 * Removes the members of a value that are `null`, if they are optional and their schema does not allow `null`. The APIs of
 * some models require a value for every property, so the models send `null` for the optional ones.
 */
export function removeNulls(value: unknown, schema: Schema): unknown {
  const defs = isObject(schema.$defs) ? schema.$defs : {}
  return removeFrom(value, schema, defs, 0)
}

function removeFrom(value: unknown, schema: unknown, defs: Schema, level: number): unknown {
  if (typeof value !== 'object' || value === null || level > MAX_DEPTH) return value
  const parts = listParts(schema, defs)
  if (Array.isArray(value)) {
    const items = parts.find(({ items }) => items !== undefined)?.items
    return items === undefined ? value : value.map((item) => removeFrom(item, items, defs, level + 1))
  }
  const entries = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const property = findProperty(parts, name)
    if (property === undefined) return [[name, member]]
    if (member === null && !isRequired(parts, name) && !allowsNull(property, defs, 0)) return []
    return [[name, removeFrom(member, property, defs, level + 1)]]
  })
  return Object.fromEntries(entries)
}

/** Lists the schemas that apply to the same value: a schema, those that it refers to, and those in `allOf`. */
function listParts(schema: unknown, defs: Schema): Schema[] {
  const parts = new Set([schema])
  for (const part of parts) {
    if (!isObject(part) || parts.size > MAX_DEPTH) continue
    if (typeof part.$ref === 'string') parts.add(defs[part.$ref.replace('#/$defs/', '')])
    for (const one of Array.isArray(part.allOf) ? part.allOf : []) parts.add(one)
  }
  return [...parts].filter(isObject).filter((part) => !('$ref' in part) || Object.keys(part).length > 1)
}

function findProperty(parts: Schema[], name: string): unknown {
  const holder = parts.find(({ properties }) => isObject(properties) && Object.hasOwn(properties, name))
  return (holder?.properties as Schema | undefined)?.[name]
}

const isRequired = (parts: Schema[], name: string): boolean =>
  parts.some(({ required }) => Array.isArray(required) && required.includes(name))

function allowsNull(schema: unknown, defs: Schema, level: number): boolean {
  if (level > MAX_DEPTH) return true
  return listParts(schema, defs).every((part) => {
    const { type, enum: values } = part
    if (type !== undefined && ![type].flat().includes('null')) return false
    if (Array.isArray(values) && !values.includes(null)) return false
    if (Object.hasOwn(part, 'const') && part.const !== null) return false
    return [part.anyOf, part.oneOf].every(
      (branches) =>
        !Array.isArray(branches) || branches.some((branch) => allowsNull(branch, defs, level + 1)),
    )
  })
}
