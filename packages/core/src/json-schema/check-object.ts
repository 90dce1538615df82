import { MOST_CHARACTERS } from './budget.ts'
import { type Application, type Check, inside, type Mismatch } from './check.ts'
import { isNode, keyword, type SchemaNode } from './keywords.ts'

/** Keywords for objects (JSON Schema 2020-12 core §10.2.2.4, §10.3.2, §11.3; validation §6.5). */
export function checkObject(
  check: Check,
  object: SchemaNode,
  application: Application,
): Mismatch | undefined {
  const { node, place } = application
  const message = checkNames(node, object)
  if (message !== undefined) return { place, message }
  return (
    checkDependents(check, object, application) ??
    checkMembers(check, object, application) ??
    checkUnevaluated(check, object, application)
  )
}

const LONGEST_NAME = 100

const quoted = (name: unknown): string => {
  const text = String(name)
  return `"${text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text}"`
}

function checkNames(node: SchemaNode, object: SchemaNode): string | undefined {
  const required = keyword(node, 'required')
  for (const name of Array.isArray(required) ? required : []) {
    if (!Object.hasOwn(object, name)) return `Instance does not have required property ${quoted(name)}.`
  }
  const [least, most] = [keyword(node, 'minProperties'), keyword(node, 'maxProperties')]
  if (least === undefined && most === undefined) return undefined
  const count = Object.keys(object).length
  if (typeof least === 'number' && count < least)
    return `Instance does not have at least ${least} properties.`
  if (typeof most === 'number' && count > most) return `Instance has more than ${most} properties.`
  return undefined
}

function checkDependents(check: Check, object: SchemaNode, application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  // `dependencies` was both in draft-07
  for (const keywordName of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
    const dependents = keyword(node, keywordName)
    for (const [name, dependent] of isNode(dependents) ? Object.entries(dependents) : []) {
      if (!Object.hasOwn(object, name)) continue
      if (!Array.isArray(dependent)) {
        const mismatch = check.apply(dependent, object, place, evaluated)
        if (mismatch) return mismatch
        continue
      }
      const missing = dependent.find((other) => !Object.hasOwn(object, other))
      if (missing !== undefined) {
        return { place, message: `Instance has ${quoted(name)} but does not have ${quoted(missing)}.` }
      }
    }
  }
  return undefined
}

function checkMembers(check: Check, object: SchemaNode, application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const properties = keyword(node, 'properties')
  const patterned = keyword(node, 'patternProperties')
  const names = keyword(node, 'propertyNames')
  const others = keyword(node, 'additionalProperties')
  const patterns = isNode(patterned) ? Object.entries(patterned) : []
  for (const [name, value] of Object.entries(object)) {
    const within = inside(place, name)
    if (names !== undefined && check.apply(names, name, within)) {
      return { place, message: `Property name ${quoted(name)} does not match schema.` }
    }
    let isKnown = false
    const own = isNode(properties) ? keyword(properties, name) : undefined
    if (own !== undefined) {
      const mismatch = check.apply(own, value, within)
      if (mismatch) return mismatch
      isKnown = true
    }
    for (const [pattern, schema] of patterns) {
      if (!matches(check, pattern, name)) continue
      const mismatch = check.apply(schema, value, within)
      if (mismatch) return mismatch
      isKnown = true
    }
    if (!isKnown && others !== undefined) {
      if (others === false) return { place, message: `Property ${quoted(name)} is not allowed.` }
      const mismatch = check.apply(others, value, within)
      if (mismatch) return mismatch
      isKnown = true
    }
    if (isKnown) evaluated?.names.add(name)
  }
  return undefined
}

// a name that is longer than any pattern is checked against is one that no pattern names
function matches({ index, budget }: Check, pattern: string, name: string): boolean {
  if (name.length > MOST_CHARACTERS) return false
  budget.spendOnText(name)
  return index.patterns.get(pattern)?.test(name) === true
}

function checkUnevaluated(check: Check, object: SchemaNode, application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const schema = keyword(node, 'unevaluatedProperties')
  if (schema === undefined || !evaluated) return undefined
  for (const [name, value] of Object.entries(object)) {
    if (evaluated.names.has(name)) continue
    if (schema === false) return { place, message: `Property ${quoted(name)} is not allowed.` }
    const mismatch = check.apply(schema, value, inside(place, name))
    if (mismatch) return mismatch
    evaluated.names.add(name)
  }
  return undefined
}
