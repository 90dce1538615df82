import { audits, runAudit, type Target } from '@portico-mcp/audits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ISOLATES, type Isolate, Isolates } from './testing/isolates.ts'

/** What sessions, the bus and the runtime have a part in. */
const disturbed = audits.filter(
  ({ era, layer, id }) =>
    era === 'legacy' || layer !== 'protocol' || /\/(subscriptions|changes|rounds)\//.test(id),
)

/** What workerd cannot do, and why. */
const IMPOSSIBLE: Record<string, string> = {
  'modern/cancellation/before-answer':
    'it notices that a client has left when it writes to it, and nothing is written before the answer',
}

/** These ask the server for what became of a call, which is in the memory of its isolate. */
const REMEMBERED = new Set([
  'legacy/streams/leaving',
  'modern/cancellation/same-id',
  'modern/cancellation/while-streaming',
])

let isolates: Isolates
let isAlternating = true
let turn = 0

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/audited-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

describe('two isolates in turn', () => {
  const target: Target = {
    url: 'http://localhost/mcp',
    fetch: (request) => {
      const isolate = ISOLATES[isAlternating ? turn++ % 2 : 0] as Isolate
      return fetch(new Request(isolates.url(isolate), request))
    },
  }

  it.each(disturbed)('$id: $title', async (audit) => {
    isAlternating = !REMEMBERED.has(audit.id)
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 8000 })
    const isPossible = IMPOSSIBLE[audit.id] === undefined
    if (isPossible) expect(message).toBeUndefined()
    expect(outcome).toBe(isPossible ? 'passed' : 'failed')
  })
})
