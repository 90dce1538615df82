import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import expectedFailures from '../../../examples/everything/expected-failures.json' with { type: 'json' }
import {
  type Check,
  listScenarios,
  problemsOf,
  type Revision,
  runScenarios,
} from '../../../examples/everything/src/testing/referee.ts'
import { type Proxy as Door, roundRobin, startProxy } from '../../../examples/scale-out/src/proxy.ts'
import { ISOLATES, Isolates } from './testing/isolates.ts'

/** Needs a server that refuses foreign hosts, which the proxy in front of the isolates would have to be. */
const GUARDED = 'dns-rebinding-protection'

/** The extension has its own tests on Workers, and the scenarios need tools that this server does not have. */
const TASKS = 'tasks-'

const revisions: Revision[] = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']
const scenarios = new Map<Revision, string[]>()
for (const revision of revisions) {
  const expected: Record<string, string> = expectedFailures[revision]
  const all = await listScenarios(revision)
  scenarios.set(
    revision,
    all.filter((name) => name !== GUARDED && !name.startsWith(TASKS) && expected[name] === undefined),
  )
}

describe('the conformance suite, every request to the other of two isolates', () => {
  let isolates: Isolates
  let proxy: Door

  beforeAll(async () => {
    isolates = await Isolates.start(new URL('./testing/everything-worker.ts', import.meta.url), {
      compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
    })
    const next = roundRobin(() => ISOLATES.map((isolate) => isolates.url(isolate, '')))
    proxy = await startProxy(() => next())
  })

  afterAll(async () => {
    await proxy?.close()
    await isolates?.stop()
  })

  describe.each(revisions)('%s', (revision) => {
    let results: Map<string, Check[]>

    beforeAll(async () => {
      results = await runScenarios(`${proxy.origin}/mcp`, revision)
    }, 120_000)

    it.each(scenarios.get(revision)!)('%s', (scenario) => {
      const checks = results.get(scenario)
      expect(checks, 'the scenario did not run').toBeDefined()
      expect(problemsOf(checks!)).toEqual([])
    })
  })
})
