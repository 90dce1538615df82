import { parseArgs } from 'node:util'
import { GROUPS } from './groups/index.ts'
import { GROUP_EFFORT, type GroupEffort } from './groups/measure.ts'

export const USAGE: string = `Usage: npm run bench -- [OPTIONS]

Measures the CPU time that servers take for a request, in turns, round after round.

  --quick            the essentials
  --targets          what has a target, with more rounds; exits with 1 if one is missed
  --only GROUPS      single groups, a minute each: ${Object.keys(GROUPS).join(', ')} (by commas)
  --openapi [FILE]   tools of an OpenAPI document
  --stdio [SECONDS]  a stdio server behind Portico, mcp-proxy and supergateway

With --only:
  --rows TEXTS       only servers whose name contains one of the texts (by commas), and those that they are compared with
  --seconds N        of each measurement (${GROUP_EFFORT.seconds}), in whole seconds
  --rounds N         of which the median counts (${GROUP_EFFORT.rounds})
  --connections N    that the load keeps open (${GROUP_EFFORT.connections})
  --targets          exits with 1 if a target is missed

Examples:
  npm run bench -- --only frameworks --rows koa --seconds 2
  npm run bench -- --only server,auth --targets`

/** What the command line asks for. */
export interface BenchOptions {
  isHelp: boolean
  isQuick: boolean
  isTargets: boolean
  /** Names of groups; none for everything. */
  only: readonly string[]
  /** Texts that names of servers contain; none for all of a group. */
  rows: readonly string[]
  effort: GroupEffort
}

/** Reads the command line. @throws TypeError for unknown options and values. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      targets: { type: 'boolean', default: false },
      only: { type: 'string' },
      rows: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
    },
  })
  const only = readList(values.only)
  for (const name of only) {
    if (!(name in GROUPS))
      throw new TypeError(`--only takes ${Object.keys(GROUPS).join(', ')} (got "${name}")`)
  }
  const effort = {
    ...GROUP_EFFORT,
    seconds: readCount('seconds', values.seconds) ?? GROUP_EFFORT.seconds,
    rounds: readCount('rounds', values.rounds) ?? GROUP_EFFORT.rounds,
    connections: readCount('connections', values.connections) ?? GROUP_EFFORT.connections,
  }
  const { help: isHelp, quick: isQuick, targets: isTargets } = values
  return { isHelp, isQuick, isTargets, only, rows: readList(values.rows), effort }
}

const readList = (text: string | undefined): string[] => (text ? text.split(',') : [])

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1)
    throw new TypeError(`--${name} takes a whole number from 1 on (got "${text}")`)
  return count
}
