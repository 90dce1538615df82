import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** A revision that has a set of required scenarios. */
export type Revision = '2025-03-26' | '2025-06-18' | '2025-11-25' | '2026-07-28'

/** What the official suite says of one requirement; it counts warnings as passed, and no test here does. */
export interface Check {
  id: string
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  errorMessage?: string
  details?: unknown
}

/** The names of the server scenarios of a revision, and of the tasks extension that goes with 2026-07-28. */
export async function listScenarios(revision: Revision): Promise<string[]> {
  const names: string[] = []
  for (const [, name, where] of (await referee('list', '--server')).matchAll(/- (\S+) \[(\S+)\]/g)) {
    const isTasks = where === 'extension' && name!.startsWith('tasks-')
    if (where!.split(',').includes(revision) || (isTasks && revision === '2026-07-28')) names.push(name!)
  }
  return names
}

/** Runs every scenario of a revision against a server; each gives its checks. What the set does not score it runs too. */
export const runScenarios = (url: string, revision: Revision): Promise<Map<string, Check[]>> =>
  revision < '2025-11-25'
    ? // the suite has no set of requirements for these
      run('--url', url, '--suite', 'all', '--spec-version', revision)
    : run('--url', url, '--requirements', revision)

/** Runs one scenario against a server. One of an extension belongs to no revision, and speaks 2026-07-28. */
export async function runScenario(url: string, scenario: string, revision?: Revision): Promise<Check[]> {
  const version = revision ? ['--spec-version', revision] : []
  const results = await run('--url', url, '--scenario', scenario, ...version)
  return results.get(scenario) ?? []
}

/** What there is to say against a scenario's checks; warnings count, and so does that nothing was checked. */
export function problemsOf(checks: Check[]): string[] {
  const problems = checks
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map(
      ({ id, status, errorMessage, details }) =>
        `${status} ${id}: ${errorMessage ?? JSON.stringify(details)}`,
    )
  const proved = checks.some(({ id, status }) => status === 'SUCCESS' && id !== 'wire-schema-valid')
  return proved || problems.length > 0 ? problems : ['NOTHING was checked']
}

async function run(...args: string[]): Promise<Map<string, Check[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    await referee('server', ...args, '--timeout', '30000', '-o', folder)
    const results = new Map<string, Check[]>()
    for (const entry of await readdir(folder)) {
      const name = entry.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '')
      results.set(name, JSON.parse(await readFile(join(folder, entry, 'checks.json'), 'utf8')))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}

const installed = (path: string): string =>
  fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url))
const suite = installed('@modelcontextprotocol/conformance/dist/index.js')
// the suite does not start on Node 20
const node =
  process.platform === 'linux' && process.arch === 'x64' ? installed('node-24/bin/node') : process.execPath

// the exit code says nothing that the files do not: it is 1 for failed checks, and forgives warnings
async function referee(...args: string[]): Promise<string> {
  const child = spawn(node, [suite, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return text(child.stdout)
}
