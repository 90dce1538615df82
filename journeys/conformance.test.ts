import { toNodeHandler } from '@portico-mcp/node'
import { afterAll, describe, expect, it } from 'vitest'
import { listScenarios, type Revision, runScenario } from '../examples/everything/src/testing/referee.ts'
import { createNotes } from './testing/notes.ts'
import { openHosts } from './testing/open-hosts.ts'
import { closeServers, listen } from './testing/server.ts'

const SCENARIO = 'dns-rebinding-protection'

afterAll(closeServers)

describe.each<Revision>(['2025-11-25', '2026-07-28'])('the conformance suite, %s', (revision) => {
  it.each(Object.entries(openHosts))(
    'finds no DNS rebinding: %s',
    async (_, host) => {
      const checks = await runScenario(`${await listen(() => host(createNotes()))}/mcp`, SCENARIO, revision)
      expect(checks.filter(({ status }) => status !== 'SUCCESS')).toEqual([])
      expect(checks.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['localhost-host-rebinding-rejected', 'localhost-host-valid-accepted']),
      )
    },
    30_000,
  )

  it('finds it without a guard', async () => {
    const origin = await listen(() => toNodeHandler(createNotes()))
    const checks = await runScenario(`${origin}/mcp`, SCENARIO, revision)
    expect(checks).toContainEqual(
      expect.objectContaining({ id: 'localhost-host-rebinding-rejected', status: 'FAILURE' }),
    )
  })

  it('has no scenario of authorization for a resource server', async () => {
    const scenarios = await listScenarios(revision)
    expect(scenarios).toContain(SCENARIO)
    expect(scenarios.filter((name) => /auth|token|scope|bearer/.test(name))).toEqual([])
  })
})
