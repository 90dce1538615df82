import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { challenge } from './access.ts'
import { Asked } from './asked.tsx'
import { type Bench, isError } from './bench/bench.ts'
import type { Task } from './bench/follow-task.ts'
import type { PastRun } from './bench/kept-benches.ts'
import { Logs } from './bench/logs.tsx'
import { Messages } from './bench/messages.tsx'
import type { Progress, Run } from './bench/run-state.ts'
import { duration } from './duration.ts'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { linkTo } from './place.ts'

const WORDS: Record<Run['state'], string> = {
  running: 'Running',
  asking: 'Waiting for your answer',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

interface OutcomeProps {
  bench: Bench
  /** Renders a result, which came of these arguments. */
  show: (result: any, args: unknown) => ComponentChildren
}

/** The progress and the result of a call: the current one, or one of the history. */
export function Outcome({ bench, show }: OutcomeProps): VNode | null {
  const past = bench.shown.value
  if (past) return <PastOutcome run={past} show={show} />
  const run = bench.runner.run.value
  return run ? <CurrentOutcome bench={bench} run={run} show={show} /> : null
}

function PastOutcome({ run, show }: { run: PastRun; show: OutcomeProps['show'] }): VNode {
  return (
    <section class="outcome" aria-label="Outcome">
      <Verdict run={run}>
        {run.rounds > 1 && `${run.rounds} rounds · `}
        {run.reply && `HTTP ${run.reply.status} · `}
        {duration(run.elapsedMs)} · {new Date(run.at).toLocaleString()}
      </Verdict>
      {run.isCut && <p class="quiet">The result was too large to be kept over a reload.</p>}
      <Result run={run} show={show} />
      <Fold title="Arguments that were sent">{() => <Json value={run.args} label="sent arguments" />}</Fold>
    </section>
  )
}

function CurrentOutcome({ bench: { runner }, run, show }: OutcomeProps & { run: Run }): VNode {
  const { state, reply, progress, progressCount, rounds, questions, answeredByRules } = run
  return (
    <section class="outcome" aria-label="Outcome">
      <Verdict run={run} oncancel={() => runner.cancel()}>
        {rounds > 1 && `${rounds} rounds · `}
        {answeredByRules > 0 && `${answeredByRules} answered by rules · `}
        {reply && `HTTP ${reply.status} · `}
        <Elapsed run={run} />
      </Verdict>
      {run.task && <TaskLine task={run.task} />}
      {progress && <Bar {...progress} count={progressCount} isRunning={state === 'running'} />}
      <Logs logs={runner.logs} isRunning={state === 'running'} />
      {state === 'asking' && (
        <Asked key={Object.keys(questions ?? {}).join()} runner={runner} questions={questions ?? {}} />
      )}
      <Result run={run} show={show} />
      <Fold title="Messages">{() => <Messages transcript={runner.transcript} />}</Fold>
    </section>
  )
}

function TaskLine({ task: { taskId, status, statusMessage } }: { task: Task }): VNode {
  return (
    <p class="facts">
      Task <code>{taskId}</code> · {status.replace('_', ' ')}
      {statusMessage && ` · ${statusMessage}`}
    </p>
  )
}

interface VerdictProps {
  run: Run | PastRun
  oncancel?: () => void
  children: ComponentChildren
}

function Verdict({ run, oncancel, children }: VerdictProps): VNode {
  const isBad = isError(run)
  return (
    <div class={`verdict ${isBad ? 'bad' : run.state}`} role="status">
      <span class="dot" aria-hidden="true" />
      <span>{isBad && run.state === 'done' ? 'Error' : WORDS[run.state]}</span>
      <span class="facts">{children}</span>
      {run.state === 'running' && (
        <button type="button" class="small" onClick={oncancel}>
          Cancel
        </button>
      )}
    </div>
  )
}

function Result({ run, show }: { run: Run | PastRun; show: OutcomeProps['show'] }): VNode {
  const { state, reply, failure } = run
  const error = reply?.error
  return (
    <>
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
      {state === 'done' && reply?.result && (
        <>
          {show(reply.result, run.args)}
          <Fold title="Raw result">{() => <Json value={reply.result} label="raw result" />}</Fold>
        </>
      )}
    </>
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
  // a screen reader announces the end, not each tick
  return <span aria-live="off">{duration(ms)}</span>
}

interface BarProps extends Progress {
  /** Updates that have arrived. */
  count: number
  isRunning: boolean
}

function Bar({ progress, total, message, count, isRunning }: BarProps): VNode {
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
        {count > 1 && ` · ${count} updates`}
      </span>
    </div>
  )
}
