import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { challenge } from './access.ts'
import { Asked } from './asked.tsx'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { linkTo } from './place.ts'
import type { Run, Runner } from './run.ts'

const WORDS: Record<Run['state'], string> = {
  running: 'Running',
  asking: 'Waiting for your answer',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** How a call goes, and what came of it. */
export function Outcome({
  runner,
  show,
}: {
  runner: Runner
  show: (result: any) => ComponentChildren
}): VNode | null {
  const run = runner.run.value
  if (!run) return null
  const { state, reply, progress, logs, failure, rounds } = run
  const error = reply?.error
  const isBad = state === 'failed' || error !== undefined || reply?.result?.isError === true
  return (
    <section class="outcome" aria-label="Outcome">
      <div class={`verdict ${isBad ? 'bad' : state}`} role="status">
        <span class="dot" aria-hidden="true" />
        <span>{isBad && state === 'done' ? 'Error' : WORDS[state]}</span>
        <span class="facts">
          {rounds > 1 && `${rounds} rounds · `}
          {reply && `HTTP ${reply.status} · `}
          <Elapsed run={run} />
        </span>
        {state === 'running' && (
          <button type="button" class="small" onClick={() => runner.cancel()}>
            Cancel
          </button>
        )}
      </div>
      {progress && <Bar {...progress} isRunning={state === 'running'} />}
      {logs.length > 0 && <Logs logs={logs} />}
      {failure && (
        <p class="message bad">
          {failure}
          {challenge.value && (
            <>
              . <a href={linkTo('access')}>Sign in or give a token</a>
            </>
          )}
        </p>
      )}
      {error && (
        <div class="message bad">
          <p>
            <strong>{error.message}</strong> <code>{error.code}</code>
          </p>
          {error.data !== undefined && <Json value={error.data} label="error data" />}
        </div>
      )}
      {state === 'asking' && <Asked key={rounds} runner={runner} result={reply!.result} />}
      {state === 'done' && reply?.result && (
        <>
          {show(reply.result)}
          <Fold title="Raw result">{() => <Json value={reply.result} label="raw result" />}</Fold>
        </>
      )}
    </section>
  )
}

const TICK_MS = 100

function Elapsed({ run: { state, startedAt, elapsedMs } }: { run: Run }): VNode {
  const [, tick] = useState(0)
  useEffect(() => {
    if (state !== 'running') return undefined
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [state])
  const ms = state === 'running' ? performance.now() - startedAt : (elapsedMs ?? 0)
  // a reader of the screen hears the end of it, not each tick
  return <span aria-live="off">{duration(ms)}</span>
}

/** A time span to read. */
export const duration = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

function Bar({ progress, total, message, isRunning }: Run['progress'] & { isRunning: boolean }): VNode {
  return (
    <div class="bar">
      <progress
        aria-label="Progress"
        max={total ?? 1}
        value={total === undefined && isRunning ? undefined : Math.min(progress, total ?? 1)}
      />
      <span>
        {progress}
        {total !== undefined && ` of ${total}`}
        {message && ` · ${message}`}
      </span>
    </div>
  )
}

function Logs({ logs }: Pick<Run, 'logs'>): VNode {
  return (
    <section aria-label="Logs">
      <h3>Logs</h3>
      <ol class="logs">
        {logs.map(({ level, logger, data }, index) => (
          <li key={index}>
            <span class={`level ${level}`}>{level}</span> {logger && <span class="type">{logger}</span>}{' '}
            {typeof data === 'string' ? data : JSON.stringify(data)}
          </li>
        ))}
      </ol>
    </section>
  )
}
