import { type ReadonlySignal, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { request } from './access.ts'
import type { Reply } from './client.ts'
import { lookAgain } from './server.ts'

export interface Progress {
  progress: number
  total?: number
  message?: string
}

export interface LogLine {
  level: string
  logger?: string
  data: unknown
}

/** A call from its beginning to its result, over as many rounds as it takes. */
export interface Run {
  state: 'running' | 'asking' | 'done' | 'failed' | 'cancelled'
  startedAt: number
  elapsedMs?: number
  rounds: number
  progress?: Progress
  logs: LogLine[]
  reply?: Reply
  failure?: string
}

export interface Runner {
  run: ReadonlySignal<Run | undefined>
  start(
    method: string,
    params: object,
    options?: { headers?: Record<string, string>; logLevel?: string },
  ): void
  /** Sends what was answered, and goes on. */
  answer(inputResponses: Record<string, unknown>): void
  cancel(): void
}

const MAX_LOGS = 500

/** Calls one thing at a time; another begins afresh. */
export function useRunner(key: string): Runner {
  const runner = useMemo(createRunner, [key])
  useEffect(() => () => runner.cancel(), [runner])
  return runner
}

function createRunner(): Runner {
  const run = signal<Run | undefined>(undefined)
  let controller: AbortController | undefined
  let call: { method: string; params: object; options: object } | undefined

  const change = (mine: AbortController, changes: Partial<Run>): void => {
    if (controller === mine && run.value) run.value = { ...run.value, ...changes }
  }

  async function go(more: object): Promise<void> {
    const { method, params, options } = call!
    const mine = new AbortController()
    controller = mine
    try {
      const reply = await request(
        method,
        { ...params, ...more },
        {
          ...options,
          signal: mine.signal,
          progressToken: crypto.randomUUID(),
          onnotification: ({ method, params }) => {
            if (method === 'notifications/progress') change(mine, { progress: params })
            if (method === 'notifications/message') {
              change(mine, { logs: [...(run.value?.logs ?? []), params].slice(-MAX_LOGS) })
            }
          },
        },
      )
      const isAsking = reply.result?.resultType === 'input_required'
      change(mine, { state: isAsking ? 'asking' : 'done', reply, ...elapsed(run.value!) })
      if (method === 'tools/call' && !isAsking) void lookAgain()
    } catch (error) {
      if (mine.signal.aborted) return
      change(mine, { state: 'failed', failure: (error as Error).message, ...elapsed(run.value!) })
    }
  }

  return {
    run,
    start(method, params, options = {}) {
      controller?.abort()
      call = { method, params, options }
      run.value = { state: 'running', startedAt: performance.now(), rounds: 1, logs: [] }
      void go({})
    },
    answer(inputResponses) {
      const { requestState } = run.value?.reply?.result ?? {}
      run.value = { ...run.value!, state: 'running', rounds: run.value!.rounds + 1, reply: undefined }
      void go({ inputResponses, ...(requestState !== undefined && { requestState }) })
    },
    cancel() {
      if (!run.value || !['running', 'asking'].includes(run.value.state)) return
      controller?.abort()
      run.value = { ...run.value, state: 'cancelled', ...elapsed(run.value) }
    },
  }
}

const elapsed = ({ startedAt }: Run): { elapsedMs: number } => ({ elapsedMs: performance.now() - startedAt })
