import type { Work } from '../work.ts'

/** What the runtimes are compared at. */
export const ONE_CALL: Work = { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' }
