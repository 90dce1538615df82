import { isComposite } from '../utils/type-guards.ts'
import type { Budget } from './budget.ts'

/** Values that can be looked up by their content. */
export interface ValueSet {
  primitives: Set<unknown>
  objects: Set<string>
}

const sets = new WeakMap<readonly unknown[], ValueSet>()

/** Whether a list of a schema holds a value (JSON Schema 2020-12 core §4.2.2); the list is indexed once. */
export function includesValue(list: readonly unknown[], value: unknown, budget: Budget): boolean {
  let set = sets.get(list)
  if (!set) {
    set = toSet(list)
    sets.set(list, set)
  }
  if (!isComposite(value)) return set.primitives.has(value)
  return set.objects.size > 0 && set.objects.has(canonical(value, budget))
}

function toSet(list: readonly unknown[]): ValueSet {
  return {
    primitives: new Set(list.filter((one) => !isComposite(one))),
    objects: new Set(list.filter(isComposite).map((one) => canonical(one))),
  }
}

/** Whether two values are equal (JSON Schema 2020-12 core §4.2.2). */
export function isEqual(a: unknown, b: unknown, budget: Budget): boolean {
  if (!isComposite(a) || !isComposite(b)) return a === b
  return canonical(a, budget) === canonical(b, budget)
}

/** The indexes of two equal elements. */
export function findDuplicate(list: readonly unknown[], budget: Budget): [number, number] | undefined {
  const seen = new Map<unknown, number>()
  const seenObjects = new Map<string, number>()
  for (const [index, value] of list.entries()) {
    const [known, key] = isComposite(value) ? [seenObjects, canonical(value, budget)] : [seen, value]
    const first = (known as Map<unknown, number>).get(key)
    if (first !== undefined) return [first, index]
    ;(known as Map<unknown, number>).set(key, index)
  }
  return undefined
}

/** JSON text with sorted members. */
function canonical(value: unknown, budget?: Budget): string {
  if (!isComposite(value)) {
    if (typeof value === 'string') budget?.spend(1 + Math.floor(value.length / 256))
    return JSON.stringify(value) ?? 'undefined'
  }
  budget?.spend(1)
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, budget)).join()}]`
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical((value as Record<string, unknown>)[name], budget)}`)
  return `{${members.join()}}`
}
