import type { ReadonlySignal } from '@preact/signals'
import type { Described, Listing } from '../server.ts'

export interface Entry {
  id: string
  item: Described
  kind?: string
}

/** Returns the entries of a listing; undefined until it has been read. */
export const entriesOf = (
  listing: ReadonlySignal<Listing | undefined>,
  idOf: (item: Described) => unknown,
  kind?: string,
): Entry[] | undefined =>
  listing.value?.items.map((item) => ({ id: String(idOf(item)), item, ...(kind && { kind }) }))

/** The name to be shown. */
export const titleOf = (item: Described): string =>
  String(item.title ?? item.annotations?.title ?? item.name ?? item.uri ?? '')

/** Returns whether an entry matches what was typed into the search field. */
export const isFound = ({ name, title, description, uri, uriTemplate }: Described, query: string): boolean =>
  [name, title, description, uri, uriTemplate].some((text) =>
    String(text ?? '')
      .toLowerCase()
      .includes(query.trim().toLowerCase()),
  )

/** Entries whose names begin with the same word. */
export interface Group {
  /** The common beginning; undefined for entries without company. */
  prefix: string | undefined
  entries: Entry[]
}

const FEWEST_GROUPED = 12

/** Groups entries by the first word of their names that not all of them share. Short lists stay in one group. */
export function groupByPrefix(entries: readonly Entry[]): Group[] {
  const whole = [{ prefix: undefined, entries: [...entries] }]
  if (entries.length < FEWEST_GROUPED) return whole
  const words = entries.map(({ id }) => id.split(/[_\-./:]+/))
  const depth = countSharedWords(words)
  const groups = new Map<string, Entry[]>()
  entries.forEach((entry, index) => {
    const own = words[index] as string[]
    const prefix = own.length > depth + 1 ? own.slice(0, depth + 1).join(' ') : ''
    groups.set(prefix, [...(groups.get(prefix) ?? []), entry])
  })
  const large = [...groups].filter(([prefix, members]) => prefix !== '' && members.length > 1)
  if (large.length < 2) return whole
  const grouped = new Set(large.flatMap(([, members]) => members))
  const others = entries.filter((entry) => !grouped.has(entry))
  return [
    ...large.map(([prefix, members]) => ({ prefix, entries: members })),
    ...(others.length > 0 ? [{ prefix: undefined, entries: others }] : []),
  ]
}

function countSharedWords(words: readonly string[][]): number {
  const [first = []] = words
  const different = first.findIndex((word, place) => words.some((other) => other[place] !== word))
  return different < 0 ? first.length : different
}
