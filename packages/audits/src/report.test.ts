import { expect, it } from 'vitest'
import { formatReport } from './report.ts'
import type { AuditResult } from './run.ts'

const base = { level: 'MUST', layer: 'http', title: 'does it', ms: 1 } as const
const results: AuditResult[] = [
  { ...base, id: 'legacy/http/get', section: 'B4.1', outcome: 'skipped', message: 'needs more' },
  { ...base, id: 'modern/http/get', section: 'A2.1', outcome: 'passed' },
  {
    ...base,
    id: 'modern/http/put',
    section: 'A2.1',
    outcome: 'failed',
    message: 'expected 405,\ngot 200',
    level: 'MAY',
  },
]

it('reports by section, with reasons and totals', () => {
  expect(formatReport(results)).toBe(
    [
      'A2 Endpoint and POST framing',
      '  ✓ modern/http/get (MUST, http) does it',
      '  ✗ modern/http/put (MAY, http) does it',
      '      expected 405,',
      '      got 200',
      '',
      'B4 2025: GET',
      '  – legacy/http/get (MUST, http) does it',
      '      needs more',
      '',
      '3 in all: 1 passed, 1 failed (1 MAY), 1 skipped',
    ].join('\n'),
  )
})

it('leaves out what passed', () => {
  expect(formatReport(results, { passed: false })).not.toContain('modern/http/get')
})
