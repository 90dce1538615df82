import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import { download } from '../download.ts'
import { readFile, toHar, toJson } from './files.ts'
import { filter, rows } from './filter.ts'
import { Filters } from './filters.tsx'
import { Rows } from './rows.tsx'
import { clearTraffic, exchanges, feedProblem, imported, isPaused, pause } from './traffic-feed.ts'

/** The requests to the endpoint, as they arrive. */
export function Traffic(): VNode {
  const hiddenOwn = filter.value.withOwn ? 0 : exchanges.value.filter(({ isOwn }) => isOwn).length
  return (
    <section class="wide traffic-view" aria-label="Traffic">
      <div class="heading">
        <h1>
          Traffic <span class="count">{rows.value.length}</span>
        </h1>
        <div class="actions">
          <button type="button" aria-pressed={isPaused.value} onClick={() => pause(!isPaused.value)}>
            {isPaused.value ? 'Resume' : 'Pause'}
          </button>
          <button type="button" onClick={() => void clearTraffic()}>
            Clear
          </button>
          <Files />
        </div>
      </div>
      <Filters />
      {imported.value && <Imported count={imported.value.length} />}
      {feedProblem.value && <p class="message bad">The traffic cannot be followed: {feedProblem.value}</p>}
      {rows.value.length === 0 && (
        <p class="quiet">
          No requests yet. Requests of clients to the endpoint appear here.
          {hiddenOwn > 0 && ` ${hiddenOwn} of this page are hidden.`}
        </p>
      )}
      <Rows rows={rows.value} />
    </section>
  )
}

/** Writes the shown exchanges to a file, and reads files. */
function Files(): VNode {
  const input = useRef<HTMLInputElement>(null)
  const shown = () => rows.peek().map(({ exchange }) => exchange)
  return (
    <>
      <button type="button" onClick={() => download('traffic.json', 'application/json', toJson(shown()))}>
        Export JSON
      </button>
      <button type="button" onClick={() => download('traffic.har', 'application/json', toHar(shown()))}>
        Export HAR
      </button>
      <button type="button" onClick={() => input.current?.click()}>
        Import
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="Traffic file"
        accept=".json,.har,application/json"
        onChange={({ currentTarget }) => void open(currentTarget)}
      />
    </>
  )
}

async function open(input: HTMLInputElement): Promise<void> {
  const [file] = input.files ?? []
  if (!file) return
  try {
    imported.value = readFile(await file.text())
    feedProblem.value = undefined
  } catch (error) {
    feedProblem.value = `${file.name}: ${(error as Error).message}`
  }
  input.value = ''
}

function Imported({ count }: { count: number }): VNode {
  return (
    <p class="message" role="status">
      {count} requests of a file are shown.{' '}
      <button
        type="button"
        class="small"
        onClick={() => {
          imported.value = undefined
        }}
      >
        Back to live traffic
      </button>
    </p>
  )
}
