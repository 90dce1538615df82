import { Budget, TooDeep } from './budget.ts'
import type { Application, Check, Evaluated, Mismatch } from './check.ts'
import { checkArray } from './check-array.ts'
import { checkObject } from './check-object.ts'
import { checkScalar } from './check-scalar.ts'
import { isNode, keyword, type SchemaNode } from './keywords.ts'
import type { SchemaIndex } from './schema-index.ts'

/**
 * Checks a value by a schema (JSON Schema 2020-12). The first mismatch ends it.
 *
 * @throws TooManySteps or TooDeep where the check is not brought to an end.
 */
export function checkValue(index: SchemaIndex, schema: unknown, value: unknown): Mismatch | undefined {
  const budget = new Budget()
  let level = 0
  const check: Check = {
    index,
    budget,
    apply(schema, value, place, evaluated) {
      if (schema === true || schema === undefined) return undefined
      if (schema === false) return { place, message: 'Nothing is allowed here.' }
      if (!isNode(schema)) throw new TooDeep()
      budget.enter(++level)
      const own = index.hasUnevaluated ? { names: new Set<string>(), items: new Set<number>() } : undefined
      const mismatch = applyNode(check, value, { node: schema, place, evaluated: own })
      level--
      if (own && evaluated && !mismatch) merge(evaluated, own)
      return mismatch
    },
  }
  return check.apply(schema, value, undefined)
}

function merge(into: Evaluated, from: Evaluated): void {
  for (const name of from.names) into.names.add(name)
  for (const item of from.items) into.items.add(item)
}

function applyNode(check: Check, value: unknown, application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const target = check.index.targets.get(node)
  return (
    (target === undefined ? undefined : check.apply(target, value, place, evaluated)) ??
    checkScalar(check, node, value, place) ??
    checkCombined(check, value, application) ??
    (Array.isArray(value) ? checkArray(check, value, application) : undefined) ??
    (isNode(value) ? checkObject(check, value, application) : undefined)
  )
}

// JSON Schema 2020-12 core §10.2
function checkCombined(check: Check, value: unknown, application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  for (const one of list(node, 'allOf')) {
    const mismatch = check.apply(one, value, place, evaluated)
    if (mismatch) return mismatch
  }
  for (const name of ['anyOf', 'oneOf']) {
    const mismatch = checkOneOf(check, name, value, application)
    if (mismatch) return mismatch
  }
  const not = keyword(node, 'not')
  if (not !== undefined && !check.apply(not, value, place)) {
    return { place, message: 'Instance matched "not" schema.' }
  }
  const condition = keyword(node, 'if')
  if (condition === undefined) return undefined
  const branch = check.apply(condition, value, place, evaluated) ? 'else' : 'then'
  return check.apply(keyword(node, branch), value, place, evaluated)
}

function checkOneOf(
  check: Check,
  name: string,
  value: unknown,
  { node, place, evaluated }: Application,
): Mismatch | undefined {
  const schemas = list(node, name)
  if (schemas.length === 0) return undefined
  let matches = 0
  let closest: Mismatch | undefined
  for (const one of schemas) {
    const mismatch = check.apply(one, value, place, evaluated)
    if (!mismatch) matches++
    else if (readLevel(mismatch) > (closest ? readLevel(closest) : (place?.level ?? 0))) closest = mismatch
    // which of the others fit matters for what is evaluated alone
    if (matches > 0 && name === 'anyOf' && !evaluated) return undefined
  }
  if (matches === 0)
    return closest ?? { place, message: `Instance does not match any subschemas of "${name}".` }
  if (matches === 1 || name === 'anyOf') return undefined
  return { place, message: `Instance does not match exactly one subschema (${matches} matches).` }
}

const readLevel = ({ place }: Mismatch): number => place?.level ?? 0

const list = (node: SchemaNode, name: string): unknown[] => {
  const value = keyword(node, name)
  return Array.isArray(value) ? value : []
}
