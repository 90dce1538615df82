import type { Audit } from './audit.ts'
import { creating } from './cases/tasks/creating.ts'
import { reading } from './cases/tasks/reading.ts'
import { steering } from './cases/tasks/steering.ts'

/**
 * The audits of the tasks extension (`io.modelcontextprotocol/tasks`), for a server with the tools of
 * `registerTaskFixture`. `runAudits` runs them if `only` names them: `modern/tasks/`.
 */
export const taskAudits: readonly Audit[] = [...creating, ...reading, ...steering]
