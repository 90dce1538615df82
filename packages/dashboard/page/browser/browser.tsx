import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { linkTo } from '../place.ts'
import { type Entry, groupByPrefix, isFound, titleOf } from './entries.ts'

interface BrowserProps {
  view: string
  title: string
  entries: Entry[] | undefined
  error?: string | undefined
  chosen: string | undefined
  children: (entry: Entry) => ComponentChildren
  empty: string
}

/** A list to search and choose from, with the chosen entry beside it. */
export function Browser({ view, title, entries, error, chosen, children, empty }: BrowserProps): VNode {
  const [query, setQuery] = useState('')
  const found = (entries ?? []).filter(({ item }) => isFound(item, query))
  const entry = entries?.find(({ id }) => id === chosen)
  const list = useRef<HTMLDivElement>(null)
  const isRead = entries !== undefined
  // what is chosen comes into view, once it is there
  useEffect(
    () => list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' }),
    [chosen, isRead],
  )
  return (
    <div class={`browser ${entry ? 'chosen' : ''}`}>
      <section class="list" aria-label={title}>
        <h1>
          {title} {entries && <span class="count">{entries.length}</span>}
        </h1>
        <input
          type="search"
          class="search"
          placeholder={`Search ${title.toLowerCase()}`}
          aria-label={`Search ${title.toLowerCase()}`}
          value={query}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
          onKeyDown={(event) => {
            const links = listLinks(list.current)
            if (event.key === 'Enter' && query.trim() !== '') links[0]?.click()
            else if (event.key === 'ArrowDown') links[0]?.focus()
            else return
            event.preventDefault()
          }}
        />
        {error && <p class="message bad">{error}</p>}
        {!entries && !error && <p class="quiet">Loading…</p>}
        {entries?.length === 0 && !error && <p class="quiet">{empty}</p>}
        {entries && entries.length > 0 && found.length === 0 && <p class="quiet">No matches</p>}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the links in it take the keys */}
        <div class="entries-list" ref={list} onKeyDown={moveFocus}>
          {(query.trim() === '' ? groupByPrefix(found) : [{ prefix: undefined, entries: found }]).map(
            ({ prefix, entries }) => (
              <Group key={prefix ?? ''} prefix={prefix} entries={entries} view={view} chosen={chosen} />
            ),
          )}
        </div>
      </section>
      {entry ? (
        <Detail key={entry.id} view={view} title={title}>
          {children(entry)}
        </Detail>
      ) : (
        <div class="detail none">
          <p class="quiet">
            {entries && chosen !== undefined
              ? `The server does not list “${chosen}”.`
              : entries && entries.length > 0 && 'Select an entry on the left.'}
          </p>
        </div>
      )}
    </div>
  )
}

interface GroupProps {
  prefix: string | undefined
  entries: readonly Entry[]
  view: string
  chosen: string | undefined
}

function Group({ prefix, entries, view, chosen }: GroupProps): VNode {
  return (
    <>
      {prefix !== undefined && (
        <h2 class="prefix">
          {prefix} <span class="count">{entries.length}</span>
        </h2>
      )}
      <ul>
        {entries.map(({ id, item, kind }) => (
          <li key={id}>
            <a href={linkTo(view, id)} aria-current={id === chosen ? 'true' : undefined}>
              <span class="title">
                {titleOf(item)}
                {kind && <span class="tag">{kind}</span>}
              </span>
              {item.description && <span class="line">{withoutMarks(String(item.description))}</span>}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Detail({
  view,
  title,
  children,
}: {
  view: string
  title: string
  children: ComponentChildren
}): VNode {
  const place = useRef<HTMLElement>(null)
  // reading goes on at what was chosen
  useEffect(() => place.current?.focus({ preventScroll: true }), [])
  return (
    <section class="detail" ref={place} tabIndex={-1} aria-label="Details">
      <a class="back" href={linkTo(view)}>
        ← All {title.toLowerCase()}
      </a>
      {children}
    </section>
  )
}

const listLinks = (list: Element | null): HTMLAnchorElement[] => [
  ...(list?.querySelectorAll<HTMLAnchorElement>('li a') ?? []),
]

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }

/** Moves the focus along the list. Up from the first entry leads back to the search field. */
function moveFocus(event: KeyboardEvent): void {
  const step = STEPS[event.key]
  const list = event.currentTarget as Element
  const links = listLinks(list)
  const place = links.indexOf(event.target as HTMLAnchorElement)
  if (step === undefined || place < 0) return
  event.preventDefault()
  if (place + step < 0) list.parentElement?.querySelector<HTMLElement>('.search')?.focus()
  else links[place + step]?.focus()
}

// a line has no room for Markdown
const withoutMarks = (text: string): string =>
  text
    .slice(0, 200)
    .replace(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/[*`#]+/g, '')
