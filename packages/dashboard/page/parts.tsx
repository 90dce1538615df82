import type { ReadonlySignal } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { linkTo } from './place.ts'
import type { Described, Listing } from './server.ts'

export interface Entry {
  id: string
  item: Described
  kind?: string
}

interface BrowserProps {
  view: string
  title: string
  entries: Entry[] | undefined
  error?: string | undefined
  chosen: string | undefined
  children: (entry: Entry) => ComponentChildren
  empty: string
}

/** A list to search and choose from, with what is chosen beside it. */
export function Browser({ view, title, entries, error, chosen, children, empty }: BrowserProps): VNode {
  const [query, setQuery] = useState('')
  const found = (entries ?? []).filter(({ item }) => isFound(item, query))
  const entry = entries?.find(({ id }) => id === chosen)
  const list = useRef<HTMLUListElement>(null)
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
        />
        {error && <p class="message bad">{error}</p>}
        {!entries && !error && <p class="quiet">Reading…</p>}
        {entries?.length === 0 && !error && <p class="quiet">{empty}</p>}
        {entries && entries.length > 0 && found.length === 0 && (
          <p class="quiet">Nothing is called like that.</p>
        )}
        <ul ref={list}>
          {found.map(({ id, item, kind }) => (
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
      </section>
      {entry ? (
        <Detail key={entry.id} view={view} title={title}>
          {children(entry)}
        </Detail>
      ) : (
        <div class="detail none">
          <p class="quiet">{entries && entries.length > 0 ? 'Choose one on the left.' : ''}</p>
        </div>
      )}
    </div>
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
  // what was chosen is where one reads on
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

/** The name to be shown. */
export const titleOf = (item: Described): string =>
  String(item.title ?? item.annotations?.title ?? item.name ?? item.uri ?? '')

// a line has no room for Markdown
const withoutMarks = (text: string): string =>
  text
    .slice(0, 200)
    .replace(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/[*`#]+/g, '')

const isFound = ({ name, title, description, uri, uriTemplate }: Described, query: string): boolean =>
  [name, title, description, uri, uriTemplate].some((text) =>
    String(text ?? '')
      .toLowerCase()
      .includes(query.trim().toLowerCase()),
  )

/** The entries of a listing, by what names them. */
export const entriesOf = (
  listing: ReadonlySignal<Listing | undefined>,
  idOf: (item: Described) => unknown,
  kind?: string,
): Entry[] | undefined =>
  listing.value?.items.map((item) => ({ id: String(idOf(item)), item, ...(kind && { kind }) }))

interface TabsProps {
  label: string
  tabs: Record<string, string>
  chosen: string
  onchoose: (tab: string) => void
}

/** Ways to see the same thing. */
export function Tabs({ label, tabs, chosen, onchoose }: TabsProps): VNode {
  return (
    <fieldset class="tabs">
      <legend class="unseen">{label}</legend>
      {Object.entries(tabs).map(([tab, title]) => (
        <button key={tab} type="button" aria-pressed={tab === chosen} onClick={() => onchoose(tab)}>
          {title}
        </button>
      ))}
    </fieldset>
  )
}
