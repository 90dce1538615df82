import type { Budget } from './budget.ts'
import type { SchemaNode } from './keywords.ts'
import type { SchemaIndex } from './schema-index.ts'

/** Where a value stands in what is checked. */
export interface Place {
  parent: Place | undefined
  key: string
  level: number
}

/** Where a value does not fit a schema, and why. */
export interface Mismatch {
  place: Place | undefined
  message: string
}

/** The members and elements of a value that a schema has looked at. */
export interface Evaluated {
  names: Set<string>
  items: Set<number>
}

/** A schema at a place of what is checked. */
export interface Application {
  node: SchemaNode
  place: Place | undefined
  /** Where what is evaluated is noted; undefined where no schema asks. */
  evaluated: Evaluated | undefined
}

/** One check of one value. */
export interface Check {
  index: SchemaIndex
  budget: Budget
  /** Checks a value by a subschema; undefined where it fits. */
  apply(
    schema: unknown,
    value: unknown,
    place: Place | undefined,
    evaluated?: Evaluated,
  ): Mismatch | undefined
}

/** The place of a member or an element. */
export const inside = (parent: Place | undefined, key: string | number): Place => ({
  parent,
  key: String(key),
  level: (parent?.level ?? 0) + 1,
})
