import { type Example, startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import expectedFailures from '../expected-failures.json' with { type: 'json' }
import { listScenarios, problemsOf, type Revision, runScenario, runScenarios } from './testing/referee.ts'

// The scenarios of the installed suite, so that a new one is noticed
const counts: Record<Revision, number> = {
  '2025-03-26': 1,
  '2025-06-18': 27,
  '2025-11-25': 33,
  '2026-07-28': 50,
}

for (const revision of Object.keys(counts) as Revision[]) {
  const scenarios = await listScenarios(revision)
  const expected: Record<string, string> = expectedFailures[revision]

  describe(`conformance to ${revision}`, () => {
    let example: Example
    let results: Map<string, Check[]>

    beforeAll(async () => {
      example = await startExample('everything')
      results = await runScenarios(example.url, revision)
    }, 120_000)

    afterAll(() => example?.stop())

    for (const scenario of scenarios) {
      const reason = expected[scenario]
      const title = reason === undefined ? scenario : `${scenario} does not pass yet: ${reason}`
      it(title, () => {
        const checks = results.get(scenario)
        expect(checks, 'the scenario did not run').toBeDefined()
        const problems = problemsOf(checks!)
        if (reason === undefined) expect(problems).toEqual([])
        else expect(problems, 'it passes: take it out of expected-failures.json').not.toEqual([])
      })
    }

    it('runs every scenario', () => {
      expect([...results.keys()].sort()).toEqual([...scenarios].sort())
      expect(results.size).toBeGreaterThanOrEqual(counts[revision])
    })

    it('expects failures of scenarios that there are', () => {
      expect(scenarios).toEqual(expect.arrayContaining(Object.keys(expected)))
    })
  })
}

// the suite scores no extension but tasks, so these run one by one
describe('conformance to the skills extension', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('everything')
  }, 120_000)
  afterAll(() => example?.stop())

  it.each([
    ['sep-2640-skills-enumeration', 30],
    ['sep-2640-skills-manifest', 4],
    ['sep-2640-skills-directory', 6],
  ])('%s', async (scenario, least) => {
    const checks = await runScenario(example.url, scenario)
    expect(problemsOf(checks)).toEqual([])
    expect(checks.filter(({ status }) => status === 'SUCCESS').length).toBeGreaterThanOrEqual(least)
  })
})
