import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The size of a page of memory, which `/proc` counts in. */
const PAGE_BYTES = 4096

/** Measures the resident memory of process groups, in bytes by the id of the group. Empty where it cannot be measured. */
export async function measureMemory(): Promise<ReadonlyMap<number, number>> {
  const groups = new Map<number, number>()
  const add = (group: number, bytes: number): void => void groups.set(group, (groups.get(group) ?? 0) + bytes)
  try {
    if (process.platform === 'linux') await readProc(add)
    else if (process.platform !== 'win32') await readPs(add)
  } catch {
    // Neither /proc nor ps is there.
  }
  return groups
}

async function readProc(add: (group: number, bytes: number) => void): Promise<void> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')))
  for (const stat of stats) {
    // The name of the program, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields.length > 21) add(Number(fields[2]), Number(fields[21]) * PAGE_BYTES)
  }
}

async function readPs(add: (group: number, bytes: number) => void): Promise<void> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss='])
  for (const line of stdout.split('\n')) {
    const [group, kilobytes] = line.trim().split(/ +/)
    if (kilobytes !== undefined) add(Number(group), Number(kilobytes) * 1024)
  }
}
