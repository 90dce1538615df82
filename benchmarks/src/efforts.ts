import type { Effort } from './samples.ts'
import { nameOf, type Work } from './work.ts'

/** Everything, several times. */
export const FULL: Effort = {
  rounds: 5,
  ms: 300,
  seconds: 2,
  warmUp: 4,
  connections: [32, 1],
  works: () => true,
  requests: 200_000,
  streams: 1000,
}

const ESSENTIAL = new Set([
  'tools/call 1 module modern',
  'tools/call 1 module legacy',
  'tools/call 20 module modern',
  'tools/call 1 factory modern',
  'tools/call 20 factory modern',
  'tools/list 20 module modern',
  'initialize 1 module legacy',
  'server/discover 1 module modern',
])

/** What the targets need, in less than five minutes. */
export const QUICK: Effort = {
  rounds: 2,
  ms: 100,
  seconds: 1,
  warmUp: 1,
  connections: [32],
  works: (work: Work) => ESSENTIAL.has(nameOf(work)),
  requests: 5000,
  streams: 1000,
}

const TARGETED = new Set([...ESSENTIAL, 'tools/call 20 module legacy', 'tools/list 20 module legacy'])

/** The targets alone, more often: in ten minutes. */
export const TARGETS_ONLY: Effort = {
  ...QUICK,
  rounds: 7,
  warmUp: 2,
  works: (work: Work) => TARGETED.has(nameOf(work)),
  requests: 20_000,
}

/** Whom the targets compare. */
export const TARGETED_SUBJECTS = [
  'ceiling-http',
  'bare-sse',
  'portico',
  'portico-sdk',
  'server-2.x',
  'sdk-1.x',
] as const

/** The smallest slice, which shows that everything runs. */
export const SMALLEST: Effort = {
  rounds: 1,
  ms: 1,
  seconds: 0.1,
  warmUp: 0.1,
  connections: [1],
  works: ({ method, tools, schemas }) => method === 'tools/call' && tools === 1 && schemas === 'module',
  requests: 100,
  streams: 10,
}
