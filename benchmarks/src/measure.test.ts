import { describe, expect, it } from 'vitest'
import { SMALLEST } from './efforts.ts'
import { measure } from './measure.ts'
import { countMissed, medianTable, targetTable } from './report.ts'
import { SUBJECTS } from './subjects.ts'

describe('the smallest slice', () => {
  it('measures everybody in every place that they serve in, and reports it', async () => {
    const samples = await measure(SMALLEST)
    for (const { value } of samples) expect(value).not.toBeNaN()
    const measured = (metric: string) =>
      new Set(samples.filter((sample) => sample.metric === metric).map(({ subject }) => subject))
    const servers = Object.keys(SUBJECTS).filter((name) => SUBJECTS[name]!.eras.length > 0)
    expect(measured('rate')).toEqual(new Set(servers))
    expect(measured('heap of each')).toEqual(new Set(['bare-sse', 'portico', 'server-2.x']))
    expect(measured('bundle')).toEqual(new Set(['mcp-handler', 'portico', 'sdk-1.x']))
    expect(medianTable(samples, 'cpu')).toContain('in process, tools/call 1 module modern')
    expect(targetTable(samples)).toContain('heap of an open stream')
    expect(countMissed(samples)).toBeLessThan(countMissed([]))
  }, 120_000)
})
