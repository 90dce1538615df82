import { expect, it } from 'vitest'
import { plot } from './plot.ts'

const sample = (group: string, subject: string, value: number) => ({
  ...{ subject, work: `group ${group}`, metric: 'cpu', value },
})

it('draws the shares of each platform that was measured', () => {
  const samples = [
    ...[sample('frameworks', 'express', 50), sample('frameworks', 'portico-express-app', 100)],
    ...[sample('runtimes', 'bun-bare', 50), sample('runtimes', 'bun-portico', 40)],
    sample('runtimes', 'bun-official', 500),
  ]
  const svg = plot(samples, 'A & B', 'C')
  expect(svg).toContain('A &amp; B')
  expect(svg.match(/\d+ %/g)).toEqual(['50 %', '125 %', '10 %'])
  expect(svg).not.toContain('Fastify')
})
