import { kept } from '../kept.ts'
import { place } from '../place.ts'
import type { ClientEra } from '../protocol/era.ts'
import type { Reply } from '../protocol/messages.ts'
import { redactValue, withoutSecrets } from './without-secrets.ts'

/** A call that has ended. */
export interface PastRun {
  id: string
  /** Milliseconds since the epoch. */
  at: number
  state: 'done' | 'failed' | 'cancelled'
  era: ClientEra
  elapsedMs: number
  rounds: number
  args: unknown
  reply?: Reply | undefined
  failure?: string | undefined
  isPinned?: boolean
  /** Whether the result was too large to be kept over a reload. */
  isCut?: boolean
}

/** What is kept of a tool, a prompt or a resource over a reload: without secrets, and bounded. */
export interface KeptBench {
  /** The arguments as they were typed. */
  draft?: unknown
  past: PastRun[]
}

const MAX_KEPT_RESULT = 64_000
const MAX_KEPT_DRAFT = 200_000
const MAX_BENCHES = 100

const storeOf = (key: string) => kept<KeptBench>(`bench ${place.path} ${key}`, localStorage)
const keptKeys = kept<string[]>(`benches ${place.path}`, localStorage)

export function readBench(key: string): KeptBench {
  const { draft, past } = storeOf(key).get() ?? {}
  return { ...(draft !== undefined && { draft }), past: Array.isArray(past) ? past : [] }
}

/** Keeps a bench. The one that was used longest ago makes room if the browser's storage is full. */
export function keepBench(key: string, { draft, past }: KeptBench): void {
  const bench = withoutSecrets({ draft: within(draft, MAX_KEPT_DRAFT), past: past.map(cut) }) as KeptBench
  const keys = [...(keptKeys.get() ?? []).filter((other) => other !== key), key]
  while (keys.length > MAX_BENCHES) storeOf(keys.shift() as string).set(undefined)
  for (;;) {
    try {
      storeOf(key).set(bench)
      keptKeys.set(keys)
      return
    } catch {
      const oldest = keys.shift()
      if (oldest === undefined || oldest === key) return
      storeOf(oldest).set(undefined)
    }
  }
}

function cut(run: PastRun): PastRun {
  const reply = redactValue(within(run.reply, MAX_KEPT_RESULT))
  if (run.reply === undefined) return run
  return reply === undefined ? { ...run, reply, isCut: true } : { ...run, reply }
}

const within = <T>(value: T, limit: number): T | undefined =>
  (JSON.stringify(value)?.length ?? 0) > limit ? undefined : value
