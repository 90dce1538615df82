import { describe, expect, it } from 'vitest'
import { GROUP_EFFORT } from './groups/measure.ts'
import { readOptions } from './options.ts'

describe('the command line', () => {
  it('reads groups, rows and the effort', () => {
    const options = readOptions(['--only', 'auth,sdk', '--rows', 'koa,hono', '--seconds', '2', '--targets'])
    expect(options).toEqual({
      ...{ isHelp: false, isQuick: false, isTargets: true, only: ['auth', 'sdk'], rows: ['koa', 'hono'] },
      effort: { ...GROUP_EFFORT, seconds: 2 },
    })
  })

  it.each([
    [
      ['--only', 'database'],
      '--only takes alternatives, frameworks, server, auth, sessions, tasks, sdk, runtimes (got "database")',
    ],
    [['--seconds', '0.5'], '--seconds takes a whole number from 1 on (got "0.5")'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })
})
