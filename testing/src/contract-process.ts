import { spawn } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'

/** A process that runs contracts by `reportContract`. */
interface ContractProcess {
  command: string
  args: readonly string[]
  /** Environment variables besides those of this process. */
  env?: () => Record<string, string>
}

/**
 * Creates a test for each case of contracts that a process runs.
 *
 * @param contracts - The cases, by the name of what they are put to.
 */
export function describeContractProcess(
  { command, args, env }: ContractProcess,
  contracts: Record<string, readonly { id: string; title: string }[]>,
): void {
  let results: Map<string, string>
  let printed = ''

  beforeAll(async () => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env?.() },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 90_000,
    })
    let lines = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      lines += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    results = new Map(
      lines
        .split('\n')
        .filter((line) => line.startsWith('['))
        .map((line) => JSON.parse(line) as [string, string]),
    )
    expect([code, code === 0 ? '' : printed]).toEqual([0, ''])
  })

  describe.each(Object.entries(contracts))('%s', (_, cases) => {
    it.each(cases)('$title', ({ id }) => {
      expect(results.get(id) ?? `was not run: ${printed}`).toBe('')
    })
  })
}
