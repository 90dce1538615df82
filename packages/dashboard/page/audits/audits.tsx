import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Fold } from '../fold.tsx'
import { readExchange } from '../traffic/read-exchange.ts'
import { Rows } from '../traffic/rows.tsx'
import { type AuditRun, auditRun, runAudits, stopAudits } from './run-audits.ts'

/** Runs the audits of the protocol against the server, and shows what failed with its requests. */
export function Audits(): VNode {
  const [only, setOnly] = useState('')
  const run = auditRun.value
  return (
    <section class="wide" aria-label="Audits">
      <h1>Audits</h1>
      <p class="quiet">
        About 400 cases of both protocol eras. They call tools of this server, read its resources and open
        streams.
      </p>
      <form
        class="actions"
        onSubmit={(event) => {
          event.preventDefault()
          if (!run?.isRunning) void runAudits(only.trim())
        }}
      >
        <input
          class="search"
          placeholder="modern/headers"
          aria-label="Run only cases whose id begins with"
          value={only}
          onInput={({ currentTarget }) => setOnly(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={run?.isRunning === true}>
          Run audits
        </button>
        {run?.isRunning && (
          <button type="button" onClick={stopAudits}>
            Stop
          </button>
        )}
      </form>
      {run && <Results run={run} />}
    </section>
  )
}

function Results({ run: { isRunning, results, problem } }: { run: AuditRun }): VNode {
  const count = (outcome: string): number => results.filter(({ result }) => result.outcome === outcome).length
  const failed = results.filter(({ result }) => result.outcome === 'failed')
  const skipped = results.filter(({ result }) => result.outcome === 'skipped')
  const verdict = isRunning ? 'running' : failed.length > 0 || problem ? 'bad' : 'done'
  return (
    <>
      <p class={`verdict ${verdict}`} role="status">
        <span class="dot" aria-hidden="true" />
        {count('passed')} passed, {count('failed')} failed, {count('skipped')} skipped
        {problem && ` · ${problem}`}
      </p>
      <ul class="audit-results">
        {failed.map(({ result, exchanges }) => (
          <li key={result.id} class="card">
            <h2>
              <code>{result.id}</code> <span class="tag">{result.level}</span>
            </h2>
            <p>{result.title}</p>
            {result.message && <p class="bad">{result.message}</p>}
            <Rows rows={exchanges.map((exchange) => ({ exchange, reading: readExchange(exchange) }))} />
          </li>
        ))}
      </ul>
      {skipped.length > 0 && (
        <Fold title={`Skipped (${skipped.length})`}>
          {() => (
            <ul>
              {skipped.map(({ result }) => (
                <li key={result.id}>
                  <code>{result.id}</code> <span class="quiet">{result.message}</span>
                </li>
              ))}
            </ul>
          )}
        </Fold>
      )}
    </>
  )
}
