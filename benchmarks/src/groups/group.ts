import type { Work } from '../work.ts'

/** One server of a group, and what its cost is compared with. */
export interface Row {
  subject: string
  /** The other server of the group that the ratio is taken with. @defaultValue the row is no comparison */
  beside?: string
  /** The most that it may cost, as a multiple of `beside`. */
  atMost?: number
  /** How many times as much `beside` must cost at least. */
  atLeast?: number
}

/** Servers that do the same work and are measured in turns. */
export interface Group {
  work: Work
  rows: readonly Row[]
}
