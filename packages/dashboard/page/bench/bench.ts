import { type Signal, signal } from '@preact/signals'
import { lookAgain } from '../server.ts'
import { keepBench, type PastRun, readBench } from './kept-benches.ts'
import { Runner } from './run.ts'
import type { Call, Run } from './run-state.ts'

/** What a bench is for. */
export type BenchKind = 'tools' | 'prompts' | 'resources'

/** The arguments, the calls and their results of one tool, prompt or resource. */
export interface Bench {
  /** The arguments as they were typed; undefined if nothing was. */
  draft: Signal<unknown>
  runner: Runner
  /** The calls that have ended, the latest first. */
  past: Signal<readonly PastRun[]>
  /** A call of the past that is shown instead of the current one. */
  shown: Signal<PastRun | undefined>
  /** Changes when arguments come from elsewhere than the form. */
  revision: Signal<number>
  /** Keeps arguments that were typed. */
  type(args: unknown): void
  /** Puts arguments into the form; undefined empties it. */
  replace(args: unknown): void
  start(call: Call): void
  pin(run: PastRun): void
  forget(): void
}

const MAX_PAST = 30
const MAX_PINNED = 20

const benches = new Map<string, Bench>()

/** Returns the bench of a tool, a prompt or a resource, which lasts as long as the page, and is kept over a reload. */
export function benchOf(kind: BenchKind, name: string): Bench {
  const key = `${kind}/${name}`
  const known = benches.get(key)
  if (known) return known
  const bench = createBench(key)
  benches.set(key, bench)
  return bench
}

function createBench(key: string): Bench {
  const found = readBench(key)
  const draft = signal<unknown>(found.draft)
  const past = signal<readonly PastRun[]>(found.past)
  const shown = signal<PastRun | undefined>(found.past[0])
  const revision = signal(0)
  const keep = (): void => keepBench(key, { draft: draft.value, past: [...past.value] })
  const runner = new Runner((run) => {
    shown.value = undefined
    past.value = bounded([toPastRun(run), ...past.value])
    keep()
    if (key.startsWith('tools/')) void lookAgain()
  })
  return {
    draft,
    runner,
    past,
    shown,
    revision,
    type(args) {
      draft.value = args
      keep()
    },
    replace(args) {
      draft.value = args
      revision.value += 1
      keep()
    },
    start(call) {
      shown.value = undefined
      runner.start(call)
    },
    pin(run) {
      past.value = past.value.map((one) => (one.id === run.id ? { ...one, isPinned: !one.isPinned } : one))
      keep()
    },
    forget() {
      past.value = past.value.filter(({ isPinned }) => isPinned)
      shown.value = undefined
      keep()
    },
  }
}

/** Keeps the latest calls, and those that are pinned. */
function bounded(past: readonly PastRun[]): PastRun[] {
  const pinned = past.filter(({ isPinned }) => isPinned).slice(0, MAX_PINNED)
  const latest = past.filter(({ isPinned }) => !isPinned).slice(0, MAX_PAST)
  return past.filter((run) => pinned.includes(run) || latest.includes(run))
}

function toPastRun({ at, state, era, elapsedMs = 0, rounds, args, reply, failure }: Run): PastRun {
  const ended = state === 'failed' || state === 'cancelled' ? state : 'done'
  return { id: crypto.randomUUID(), at, state: ended, era, elapsedMs, rounds, args, reply, failure }
}

/** Returns whether a call ended with an error of the protocol, of the tool, or without a response. */
export const isError = ({ state, reply }: Pick<Run | PastRun, 'state' | 'reply'>): boolean =>
  state === 'failed' || reply?.error !== undefined || reply?.result?.isError === true
