import type { VNode } from 'preact'
import { changes, watched } from './server.ts'

/** Subscribes to the updates of a resource, and counts them. */
export function Watch({ uri }: { uri: string }): VNode {
  const isWatched = watched.value.includes(uri)
  const updates = changes.value.filter((change) => change.uri === uri).length
  return (
    <>
      <button
        type="button"
        aria-pressed={isWatched}
        onClick={() => {
          watched.value = isWatched ? watched.value.filter((other) => other !== uri) : [...watched.value, uri]
        }}
      >
        {isWatched ? 'Stop watching' : 'Watch for updates'}
      </button>
      {updates > 0 && <span class="tag">{updates === 1 ? 'updated once' : `updated ${updates} times`}</span>}
    </>
  )
}
