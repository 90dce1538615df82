import { describe, expect, it } from 'vitest'
import { chooseRows, findSubject, GROUPS } from './index.ts'
import { measureGroup, SMALLEST_GROUP_EFFORT } from './measure.ts'
import { groupTable, meetsTarget } from './report.ts'

describe('groups', () => {
  it.each(Object.keys(GROUPS))(
    'measure every row: %s',
    async (name) => {
      const samples = await measureGroup(name, SMALLEST_GROUP_EFFORT)
      const runnable = GROUPS[name]!.rows.map(({ subject }) => subject).filter(
        (subject) => findSubject(subject).missing?.() === undefined,
      )
      expect(new Set(samples.map(({ subject }) => subject))).toEqual(new Set(runnable))
      for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0)
      for (const subject of runnable) expect(groupTable(samples, name)).toContain(findSubject(subject).title)
    },
    300_000,
  )

  it('compare every row with one that is measured too', () => {
    for (const { rows } of Object.values(GROUPS)) {
      const subjects = rows.map(({ subject }) => subject)
      for (const { beside } of rows) if (beside !== undefined) expect(subjects).toContain(beside)
    }
  })

  it('choose rows by their names, with those beside them', () => {
    expect(chooseRows('frameworks', ['portico-koa-app']).map(({ subject }) => subject)).toEqual([
      'koa',
      'portico-koa-app',
    ])
    expect(chooseRows('auth', [])).toEqual(GROUPS.auth!.rows)
  })

  it('take the median of the ratios, and see a missed target', () => {
    const values = { fastify: [100, 10, 10], 'portico-fastify': [150, 15, 90] }
    const samples = Object.entries(values).flatMap(([subject, each]) =>
      each.map((value) => ({ subject, work: 'group frameworks', metric: 'cpu', value })),
    )
    expect(groupTable(samples, 'frameworks')).toContain('1.50 × Fastify alone')
    const row = { subject: 'portico-fastify', beside: 'fastify' }
    expect(meetsTarget(samples, 'frameworks', row)).toBeUndefined()
    expect(meetsTarget(samples, 'frameworks', { ...row, atMost: 1.5 })).toBe(true)
    expect(meetsTarget(samples, 'frameworks', { ...row, atMost: 1.4 })).toBe(false)
    expect(meetsTarget(samples, 'frameworks', { ...row, atLeast: 2 })).toBe(false)
    expect(meetsTarget([], 'frameworks', { ...row, atMost: 1.4 })).toBe(false)
  })
})
