import { isObject } from './objects.ts'

type Schema = Record<string, unknown>

const DEEPEST = 30

/**
 * A value without the members that are `null` where they may be left out, and must not be `null`: models send
 * one for every optional property where their API demands all of them.
 */
export function withoutNulls(value: unknown, schema: Schema): unknown {
  const defs = isObject(schema.$defs) ? schema.$defs : {}

  function clean(value: unknown, schema: unknown, level: number): unknown {
    if (typeof value !== 'object' || value === null || level > DEEPEST) return value
    const parts = partsOf(schema)
    if (Array.isArray(value)) {
      const items = parts.find(({ items }) => items !== undefined)?.items
      return items === undefined ? value : value.map((one) => clean(one, items, level + 1))
    }
    const entries = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      const property = propertyOf(parts, name)
      if (property === undefined) return [[name, member]]
      if (member === null && !isRequired(parts, name) && !allowsNull(property, 0)) return []
      return [[name, clean(member, property, level + 1)]]
    })
    return Object.fromEntries(entries)
  }

  /** A schema, what it refers to, and what else applies to the same value. */
  function partsOf(schema: unknown): Schema[] {
    const parts = new Set([schema])
    for (const part of parts) {
      if (!isObject(part) || parts.size > DEEPEST) continue
      if (typeof part.$ref === 'string') parts.add(defs[part.$ref.replace('#/$defs/', '')])
      for (const one of Array.isArray(part.allOf) ? part.allOf : []) parts.add(one)
    }
    return [...parts].filter(isObject).filter((part) => !('$ref' in part) || Object.keys(part).length > 1)
  }

  function propertyOf(parts: Schema[], name: string): unknown {
    const holder = parts.find(({ properties }) => isObject(properties) && Object.hasOwn(properties, name))
    return (holder?.properties as Schema | undefined)?.[name]
  }

  const isRequired = (parts: Schema[], name: string): boolean =>
    parts.some(({ required }) => Array.isArray(required) && required.includes(name))

  function allowsNull(schema: unknown, level: number): boolean {
    if (level > DEEPEST) return true
    return partsOf(schema).every((part) => {
      const { type, enum: values } = part
      if (type !== undefined && ![type].flat().includes('null')) return false
      if (Array.isArray(values) && !values.includes(null)) return false
      if (Object.hasOwn(part, 'const') && part.const !== null) return false
      return [part.anyOf, part.oneOf].every(
        (branches) => !Array.isArray(branches) || branches.some((branch) => allowsNull(branch, level + 1)),
      )
    })
  }

  return clean(value, schema, 0)
}
