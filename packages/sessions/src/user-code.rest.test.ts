import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)

const PROGRAM = fileURLToPath(new URL('testing/user-code/run.mjs', import.meta.url))

const KINDS = [
  "Portico's McpServer",
  "Portico's McpServer that was looked into",
  "the SDK's McpServer",
  'a low-level Server',
  'a server of 2.x',
]
const ERAS = ['2026-07-28', '2025 stateless', '2025 sessions']

interface Outcome {
  name: string
  mode: string
  answered: boolean
  messages: unknown
  reports: string[]
  changes: number
  next: boolean
  fatal: string[]
}

const labelled = (outcomes: Outcome[]): object[] =>
  outcomes.map(({ mode, name, ...rest }) => ({ case: `${name} (${mode})`, ...rest }))

// one process for all cases of a kind and an era: what would end it is counted instead
describe.concurrent.each(KINDS)('what code does in %s', (kind) => {
  it.each(ERAS)('ends no process, and leaves no call without an answer: %s', async (era) => {
    const { stdout } = await run(process.execPath, [PROGRAM, kind, era], { maxBuffer: 2 ** 26 })
    const outcomes = JSON.parse(stdout) as Outcome[]
    expect(outcomes.length).toBeGreaterThan(200)
    const dropped = (outcome: Outcome): number =>
      outcome.reports.filter((report) => report.includes('was dropped')).length

    expect(labelled(outcomes.filter(({ fatal }) => fatal.length > 0))).toEqual([])
    expect(labelled(outcomes.filter(({ answered }) => !answered))).toEqual([])
    expect(labelled(outcomes.filter(({ next }) => !next))).toEqual([])
    // what is dropped is reported once, whatever is sent afterwards
    expect(labelled(outcomes.filter((outcome) => dropped(outcome) > 1))).toEqual([])
    const thrown = outcomes.filter(({ name }) => /^(?:throws|rejects)/.test(name))
    expect(labelled(thrown.filter(({ reports }) => reports.length > 1))).toEqual([])
    const late = outcomes.filter(({ name }) => name.endsWith('after the answer'))
    const lateChanges = late.filter(({ name }) => name.includes('ListChanged'))
    expect(labelled(lateChanges.filter(({ changes }) => changes !== 2))).toEqual([])
    // a session is still there: what its client has not declared is refused, and the server is told
    const isRefused = ({ name }: Outcome) =>
      era === '2025 sessions' && /elicitInput|createMessage|listRoots/.test(name)
    const lost = late.filter((outcome) => !lateChanges.includes(outcome) && !isRefused(outcome))
    expect(lost.length).toBeGreaterThan(20)
    expect(labelled(lost.filter((outcome) => dropped(outcome) !== 1))).toEqual([])
    const ended = outcomes.filter(({ name }) =>
      /while (?:its session is deleted|the handler closes)$/.test(name),
    )
    if (era !== '2025 sessions') return
    expect(ended.length).toBeGreaterThan(50)
    expect(labelled(ended.filter((outcome) => dropped(outcome) !== 1))).toEqual([])
  })
})
