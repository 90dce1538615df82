import { SUBJECTS, type Subject } from '../subjects.ts'
import { ALTERNATIVES } from './alternatives.ts'
import { AUTH, AUTH_SUBJECTS } from './auth.ts'
import { FRAMEWORK_SUBJECTS, FRAMEWORKS } from './frameworks.ts'
import type { Group, Row } from './group.ts'
import { RUNTIME_SUBJECTS, RUNTIMES_GROUP } from './runtimes.ts'
import { SDK, SDK_SUBJECTS } from './sdk.ts'
import { SERVER, SERVER_SUBJECTS } from './server.ts'
import { SESSION_SUBJECTS, SESSIONS } from './sessions.ts'
import { TASK_SUBJECTS, TASKS } from './tasks.ts'

export type { Group, Row } from './group.ts'

/** What can be measured by itself, by name. */
export const GROUPS: Record<string, Group> = {
  alternatives: ALTERNATIVES,
  frameworks: FRAMEWORKS,
  server: SERVER,
  auth: AUTH,
  sessions: SESSIONS,
  tasks: TASKS,
  sdk: SDK,
  runtimes: RUNTIMES_GROUP,
}

const ALL: Record<string, Subject> = {
  ...SUBJECTS,
  ...FRAMEWORK_SUBJECTS,
  ...SERVER_SUBJECTS,
  ...AUTH_SUBJECTS,
  ...SESSION_SUBJECTS,
  ...TASK_SUBJECTS,
  ...SDK_SUBJECTS,
  ...RUNTIME_SUBJECTS,
}

/** The subject of a name, of any group. @throws Error for an unknown name. */
export function findSubject(name: string): Subject {
  const subject = ALL[name]
  if (!subject) throw new Error(`No server is named ${name}; there are ${Object.keys(ALL).join(', ')}`)
  return subject
}

/** The rows of a group whose names contain one of the texts, and those that they are compared with; without texts all. */
export function chooseRows(name: string, texts: readonly string[]): readonly Row[] {
  const { rows } = GROUPS[name]!
  const chosen = rows.filter(({ subject }) => texts.some((text) => subject.includes(text)))
  const others = new Set(chosen.map(({ beside }) => beside))
  return texts.length === 0 ? rows : rows.filter((row) => chosen.includes(row) || others.has(row.subject))
}
