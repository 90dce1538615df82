import { HEADERS, refusal } from './answers.ts'
import { formatExchange } from './exchange.ts'
import type { Settings } from './options.ts'
import type { Recording } from './recording.ts'
import type { Traffic } from './traffic.ts'

// an exchange changes several times in a row
const PAUSE_MS = 100
const KEEP_ALIVE_MS = 15_000

/** The event streams of open pages. */
export class Feeds {
  readonly #traffic: Traffic
  readonly #settings: Settings
  readonly #open = new Set<() => void>()

  constructor(traffic: Traffic, settings: Settings) {
    this.#traffic = traffic
    this.#settings = settings
  }

  /**
   * Sends the recorded exchanges and later changes as server-sent events.
   *
   * @param streaming - Whether the platform can send events later. If not, the response ends with the current exchanges.
   */
  open(streaming: boolean): Response {
    if (this.#open.size >= this.#settings.maxFeeds) {
      return refusal(503, 'too-many-feeds', 'Too many pages follow the traffic')
    }
    return new Response(this.#follow(streaming), {
      headers: { ...HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    })
  }

  close(): void {
    for (const end of this.#open) end()
  }

  #follow(streaming: boolean): ReadableStream<Uint8Array> {
    const changed = new Set<Recording>(this.#traffic)
    const encoder = new TextEncoder()
    let timer: ReturnType<typeof setTimeout> | undefined
    let wake: (() => void) | undefined
    let isOver = !streaming

    const unlisten = this.#traffic.listen((recording) => {
      changed.add(recording)
      // a page that does not read must not keep recordings that have been dropped
      if (changed.size > this.#traffic.capacity) changed.delete(changed.values().next().value as Recording)
      timer ??= setTimeout(() => {
        timer = undefined
        wake?.()
      }, PAUSE_MS)
    })
    const keepAlive = setInterval(() => wake?.(), KEEP_ALIVE_MS)
    const end = (): void => {
      isOver = true
      unlisten()
      clearTimeout(timer)
      clearInterval(keepAlive)
      this.#open.delete(end)
      wake?.()
    }
    if (streaming) this.#open.add(end)
    else end()

    const awake = (): Promise<void> =>
      new Promise((resolve) => {
        wake = () => {
          wake = undefined
          resolve()
        }
      })

    let hasBegun = false
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (hasBegun && changed.size === 0 && !isOver) await awake()
        const recordings = [...changed]
        changed.clear()
        const lines = recordings.map((one) => `data: ${JSON.stringify(formatExchange(one))}\n\n`)
        if (!hasBegun || lines.length === 0) lines.unshift(': \n\n')
        hasBegun = true
        controller.enqueue(encoder.encode(lines.join('')))
        if (isOver) controller.close()
      },
      cancel: end,
    })
  }
}
