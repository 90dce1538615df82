import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audits } from './audits.ts'
import { runAudit } from './run.ts'
import type { Target } from './target.ts'
import { freePort, RUNTIMES } from './testing/runtimes.ts'

/** A runtime cannot change what the messages say. */
const carried = audits.filter(({ layer }) => layer !== 'protocol')

/** What a runtime cannot do, and why: such a case must fail there, or it does not belong here. */
const IMPOSSIBLE: Record<string, Record<string, string>> = {
  workerd: {
    'modern/cancellation/before-answer':
      'it notices that a client has left when it writes to it, and nothing is written before the answer',
  },
}

for (const { name, installed, start } of RUNTIMES) {
  if (!installed) {
    console.log(`${name} is not installed: its audits are skipped`)
    if (process.env.CI) it(`${name} is installed`, () => expect(installed).toBe(true))
    else it.skip(`${name} is not installed`, () => {})
    continue
  }

  describe(name, () => {
    const target: Target = { url: '', fetch }
    let stop: () => Promise<void> = async () => {}

    beforeAll(async () => {
      const port = await freePort()
      target.url = `http://127.0.0.1:${port}/mcp`
      stop = await start(port)
    })

    afterAll(() => stop())

    it.each(carried)('$id: $title', async (audit) => {
      const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
      const reason = IMPOSSIBLE[name]?.[audit.id]
      if (reason === undefined) expect(message).toBeUndefined()
      expect(outcome).toBe(reason === undefined ? 'passed' : 'failed')
    })
  })
}
