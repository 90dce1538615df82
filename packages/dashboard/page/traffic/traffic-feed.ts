import { signal } from '@preact/signals'
import type { Exchange } from '../src/exchange.ts'
import { eventFrames } from './event-frames.ts'
import { askDashboard, explain } from './own-api.ts'

/** The exchanges that were seen, the latest first. */
export const exchanges = signal<readonly Exchange[]>([])
/** Why the traffic cannot be followed, if so. */
export const feedProblem = signal<string | undefined>(undefined)
export const isPaused = signal(false)

const MAX_SHOWN = 500
const PAUSE_MS = 2000

let known = new Map<number, Exchange>()

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
      known = new Map()
      for await (const data of eventFrames(response.body)) take(JSON.parse(data))
    } catch (error) {
      feedProblem.value = (error as Error).message
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/** Forgets everything, here and there. */
export async function clearTraffic(): Promise<void> {
  await askDashboard('/traffic', { method: 'DELETE' })
  known.clear()
  show()
}

export function pause(value: boolean): void {
  isPaused.value = value
  show()
}

function take(exchange: Exchange): void {
  known.set(exchange.id, exchange)
  if (known.size > MAX_SHOWN) known.delete(Math.min(...known.keys()))
  show()
}

let isDue = false

function show(): void {
  if (isDue || isPaused.value) return
  isDue = true
  requestAnimationFrame(() => {
    isDue = false
    exchanges.value = [...known.values()].sort((one, other) => other.id - one.id)
  })
}
