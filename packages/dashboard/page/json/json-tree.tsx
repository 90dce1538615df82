import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { Copy } from '../copy.tsx'
import { childrenOf, findMatches, type TreeNode } from './tree-nodes.ts'

/** JSON as a tree. Its branches are rendered when they are opened. */
export function JsonTree({ value, label }: { value: unknown; label: string }): VNode {
  const [query, setQuery] = useState('')
  const matches = useMemo(() => findMatches(value, query), [value, query])
  return (
    <section class="tree" aria-label={`Tree of ${label}`}>
      <input
        type="search"
        class="search"
        placeholder="Search names and values"
        aria-label={`Search ${label}`}
        value={query}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      {query.trim() === '' ? (
        <Branch value={value} path="$" />
      ) : (
        <>
          <p class="quiet" role="status">
            {matches.nodes.length}
            {matches.isCut && '+'} found
          </p>
          <ul>
            {matches.nodes.map((node) => (
              <li key={node.path}>
                <Node node={node} name={node.path} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

const SHOWN_AT_ONCE = 100

function Branch({ value, path }: { value: unknown; path: string }): VNode {
  const [shown, show] = useState(SHOWN_AT_ONCE)
  const children = childrenOf(value, path)
  return (
    <ul>
      {children.slice(0, shown).map((node) => (
        <li key={node.path}>
          <Node node={node} name={node.name} />
        </li>
      ))}
      {children.length > shown && (
        <li>
          <button type="button" class="small" onClick={() => show(shown + SHOWN_AT_ONCE)}>
            Show more ({children.length - shown} left)
          </button>
        </li>
      )}
    </ul>
  )
}

function Node({ node: { path, value }, name }: { node: TreeNode; name: string }): VNode {
  const [isOpen, open] = useState(false)
  const line = (
    <>
      <span class="key">{name}</span>
      <span class={kindOf(value)}>{summaryOf(value)}</span>
    </>
  )
  return (
    <div class="node">
      {typeof value === 'object' && value !== null ? (
        <details onToggle={({ currentTarget }) => open(currentTarget.open)}>
          <summary>{line}</summary>
          {isOpen && <Branch value={value} path={path} />}
        </details>
      ) : (
        <div class="leaf">{line}</div>
      )}
      <Copy text={path} label={`Copy path ${path}`} title="Copy path" />
    </div>
  )
}

const KINDS: Record<string, string> = { string: 'string', number: 'number', boolean: 'word' }

const kindOf = (value: unknown): string => KINDS[typeof value] ?? (value === null ? 'word' : 'quiet')

function summaryOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${value.length} items`
  if (typeof value === 'object' && value !== null) return `{ ${Object.keys(value).slice(0, 5).join(', ')} }`
  return JSON.stringify(value) ?? ''
}
