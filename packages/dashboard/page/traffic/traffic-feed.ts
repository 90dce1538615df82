import { signal } from '@preact/signals'
import type { Exchange } from '../../src/exchange.ts'
import { onNextFrame } from '../next-frame.ts'
import { askDashboard, explain } from '../own-api.ts'
import { eventFrames } from '../protocol/event-frames.ts'

/** The recorded exchanges, the latest first. */
export const exchanges = signal<readonly Exchange[]>([])
/** Exchanges of a file that are shown instead of the recorded ones. */
export const imported = signal<readonly Exchange[] | undefined>(undefined)
/** Why the traffic cannot be followed, if so. */
export const feedProblem = signal<string | undefined>(undefined)
export const isPaused = signal(false)

const MAX_SHOWN = 500
const MAX_OWN_SHOWN = 100
const PAUSE_MS = 2000

let clients = new Map<number, Exchange>()
let own = new Map<number, Exchange>()

/** Follows the traffic for as long as the page is open. */
export async function followTraffic(): Promise<void> {
  for (;;) {
    try {
      const response = await askDashboard('/traffic')
      if (!response.ok || !response.body) {
        throw new Error(await explain(response))
      }
      feedProblem.value = undefined
      // another process counts from one again
      clients = new Map()
      own = new Map()
      for await (const data of eventFrames(response.body)) take(JSON.parse(data))
    } catch (error) {
      feedProblem.value = (error as Error).message
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/** Deletes the recorded exchanges, in the server and in the page. */
export async function clearTraffic(): Promise<void> {
  await askDashboard('/traffic', { method: 'DELETE' })
  clients.clear()
  own.clear()
  show()
}

export function pause(value: boolean): void {
  isPaused.value = value
  show()
}

function take(exchange: Exchange): void {
  const [known, limit] = exchange.isOwn ? [own, MAX_OWN_SHOWN] : [clients, MAX_SHOWN]
  known.set(exchange.id, exchange)
  if (known.size > limit) known.delete(Math.min(...known.keys()))
  show()
}

const show = onNextFrame(() => {
  if (isPaused.value) return
  exchanges.value = [...clients.values(), ...own.values()].sort((one, other) => other.id - one.id)
})
