import type { VNode } from 'preact'
import type { Exchange } from '../../src/exchange.ts'
import { duration } from '../duration.ts'

/** A line of what the duration was spent on: reading the request, handling it, and sending the response. */
export function Timing({ exchange }: { exchange: Exchange }): VNode | null {
  const { durationMs, respondedMs, bodyReadMs = 0 } = exchange
  if (durationMs === undefined || respondedMs === undefined) return null
  const parts = [
    ['read', 'Reading the request', bodyReadMs],
    ['handle', 'Handling it', Math.max(0, respondedMs - bodyReadMs)],
    ['answer', 'Sending the response', Math.max(0, durationMs - respondedMs)],
  ] as const
  return (
    <section class="timing" aria-label="Timing">
      <div class="timing-bar" aria-hidden="true">
        {parts.map(([name, , ms]) => (
          <span key={name} class={name} style={{ flexGrow: String(Math.max(ms, durationMs / 200)) }} />
        ))}
      </div>
      <p class="facts">
        {parts.map(([name, words, ms]) => (
          <span key={name} class={`legend ${name}`}>
            {words} {duration(ms)}
          </span>
        ))}
      </p>
    </section>
  )
}
