import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { duration } from '../duration.ts'
import { CLIENT_ERAS } from '../protocol/era.ts'
import { type Bench, isError } from './bench.ts'
import { Comparison } from './compare.tsx'
import type { PastRun } from './kept-benches.ts'

interface HistoryProps {
  bench: Bench
  /** Sends a call with these arguments. */
  onrun: (args: unknown) => void
  /** Puts arguments into the form. */
  onedit: (args: unknown) => void
}

const COMPARED = 2

/** The calls that were made: to show, repeat, change, pin and compare. */
export function History({ bench, onrun, onedit }: HistoryProps): VNode | null {
  const [marked, mark] = useState<readonly string[]>([])
  const past = bench.past.value
  if (past.length === 0) return null
  const ordered = [...past.filter(({ isPinned }) => isPinned), ...past.filter(({ isPinned }) => !isPinned)]
  const compared = past.filter(({ id }) => marked.includes(id)).reverse()
  const [one, other] = compared
  const toggle = (id: string): void =>
    mark(marked.includes(id) ? marked.filter((one) => one !== id) : [...marked.slice(1 - COMPARED), id])
  return (
    <section class="history" aria-label="History">
      <div class="heading">
        <h3>
          History <span class="count">{past.length}</span>
        </h3>
        <button type="button" class="small quiet" onClick={() => bench.forget()}>
          Clear history
        </button>
      </div>
      {one && !other && <p class="quiet">Select another call to compare with.</p>}
      {one && other && <Comparison one={one} other={other} />}
      <ol>
        {ordered.map((run) => (
          <li key={run.id} class={run.isPinned ? 'pinned' : ''}>
            <button type="button" class="what-was" onClick={() => show(bench, run)}>
              <span class={`dot ${verdictOf(run)}`} aria-hidden="true" />
              <span class="unseen">{verdictOf(run)}, </span>
              <code>{summary(run.args)}</code>
              <span class="facts">
                {duration(run.elapsedMs)}
                {run.era !== '2026' && ` · ${CLIENT_ERAS[run.era]}`} · {clock(run.at)}
              </span>
            </button>
            <div class="actions">
              <button type="button" class="small" onClick={() => onrun(run.args)}>
                Run again
              </button>
              <button type="button" class="small" onClick={() => onedit(run.args)}>
                Edit
              </button>
              <button
                type="button"
                class="small"
                aria-pressed={run.isPinned === true}
                onClick={() => bench.pin(run)}
              >
                Pin
              </button>
              <label class="inline">
                <input type="checkbox" checked={marked.includes(run.id)} onChange={() => toggle(run.id)} />
                Compare
              </label>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

function show({ shown, runner }: Bench, run: PastRun): void {
  if (runner.run.value && ['running', 'asking'].includes(runner.run.value.state)) return
  shown.value = run
}

const verdictOf = (run: PastRun): string =>
  isError(run) ? 'error' : run.state === 'cancelled' ? 'cancelled' : 'done'

const MAX_SUMMARY = 200

const summary = (args: unknown): string => (JSON.stringify(args) ?? '{}').slice(0, MAX_SUMMARY)

const clock = (at: number): string => {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  const time = date.toLocaleTimeString(undefined, { hour12: false })
  return isToday ? time : `${date.toLocaleDateString()} ${time}`
}
