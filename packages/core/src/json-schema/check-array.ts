import { type Application, type Check, inside, type Mismatch } from './check.ts'
import { findDuplicate } from './equality.ts'
import { keyword, type SchemaNode } from './keywords.ts'

/** Keywords for arrays (JSON Schema 2020-12 core §10.3.1, §11.2; validation §6.4). */
export function checkArray(check: Check, list: unknown[], application: Application): Mismatch | undefined {
  const { node, place } = application
  const message = checkSize(node, list, check)
  if (message !== undefined) return { place, message }
  return (
    checkItems(check, list, application) ??
    checkContains(check, list, application) ??
    checkUnevaluated(check, list, application)
  )
}

function checkSize(node: SchemaNode, list: unknown[], { budget }: Check): string | undefined {
  const [least, most] = [keyword(node, 'minItems'), keyword(node, 'maxItems')]
  if (typeof least === 'number' && list.length < least) {
    return `Array has too few items (${list.length} < ${least}).`
  }
  if (typeof most === 'number' && list.length > most) {
    return `Array has too many items (${list.length} > ${most}).`
  }
  const twins = keyword(node, 'uniqueItems') === true ? findDuplicate(list, budget) : undefined
  return twins && `Duplicate items at indexes ${twins.join(' and ')}.`
}

function checkItems(check: Check, list: unknown[], application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const items = keyword(node, 'items')
  // up to draft 2019-09, `items` could be what `prefixItems` is now
  const isOld = Array.isArray(items)
  const first = isOld ? items : keyword(node, 'prefixItems')
  const prefix = Array.isArray(first) ? first : []
  const rest = isOld ? keyword(node, 'additionalItems') : items
  for (const [index, value] of list.entries()) {
    const schema = index < prefix.length ? prefix[index] : rest
    if (schema === undefined) break
    const mismatch = check.apply(schema, value, inside(place, index))
    if (mismatch) return mismatch
    evaluated?.items.add(index)
  }
  return undefined
}

function checkContains(check: Check, list: unknown[], application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const contains = keyword(node, 'contains')
  if (contains === undefined) return undefined
  const [least, most] = [keyword(node, 'minContains') ?? 1, keyword(node, 'maxContains')]
  let count = 0
  for (const [index, value] of list.entries()) {
    if (check.apply(contains, value, inside(place, index))) continue
    count++
    evaluated?.items.add(index)
  }
  if (count < Number(least)) {
    return { place, message: `Array contains ${count} matching items, and must contain at least ${least}.` }
  }
  if (most !== undefined && count > Number(most)) {
    return { place, message: `Array contains ${count} matching items, and may contain at most ${most}.` }
  }
  return undefined
}

function checkUnevaluated(check: Check, list: unknown[], application: Application): Mismatch | undefined {
  const { node, place, evaluated } = application
  const schema = keyword(node, 'unevaluatedItems')
  if (schema === undefined || !evaluated) return undefined
  for (const [index, value] of list.entries()) {
    if (evaluated.items.has(index)) continue
    const mismatch = check.apply(schema, value, inside(place, index))
    if (mismatch) return mismatch
    evaluated.items.add(index)
  }
  return undefined
}
