import { type SubjectProcess, startSubject } from '../commands.ts'
import { prepareLoad } from '../load.ts'
import { type LoadResult, type LoadSize, measureLoad, startListening } from '../on-socket.ts'
import type { Sample } from '../samples.ts'
import { resultOf, type Work } from '../work.ts'
import { findSubject, GROUPS, type Group, type Row } from './index.ts'

/** How long and how often the rows of a group are measured. */
export interface GroupEffort {
  rounds: number
  /** Seconds of each measurement, in whole seconds from 1 on. */
  seconds: number
  /** Requests of the warm-up of each server; it ends sooner once they have taken three seconds of CPU. */
  warmUp: number
  connections: number
}

/** Enough for ratios that two runs agree on; a group takes about a minute. */
export const GROUP_EFFORT: GroupEffort = {
  rounds: 3,
  seconds: 1,
  warmUp: 8000,
  connections: 32,
}

/** The smallest slice, which shows that everything runs. */
export const SMALLEST_GROUP_EFFORT: GroupEffort = {
  rounds: 1,
  seconds: 0.1,
  warmUp: 20,
  connections: 1,
}

type Run = (size: Omit<LoadSize, 'connections'>) => Promise<LoadResult>

/** The name under which samples of a group are kept. */
export const workOf = (group: string): string => `group ${group}`

/** Measures the servers of a group in turns, round after round, each in its own process. */
export async function measureGroup(
  name: string,
  { rounds, seconds, warmUp, connections }: GroupEffort,
  rows: Group['rows'] = GROUPS[name]!.rows,
): Promise<Sample[]> {
  console.error(`Measuring ${name} …`)
  const processes = new Map(rows.filter(canRun).map(({ subject }) => [subject, startSubject(subject)]))
  try {
    const runs: [subject: string, run: Run][] = []
    for (const [subject, process] of processes) {
      const load = await prepare(subject, process, GROUPS[name]!.work, connections)
      runs.push([subject, (size) => measureLoad(process, load.url, load.options, { connections, ...size })])
    }
    for (const [, run] of runs) await warm(run, warmUp)
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) {
      for (const [subject, run] of runs) {
        const { cpu } = await run({ duration: seconds })
        samples.push({ subject, work: workOf(name), metric: 'cpu', value: cpu })
      }
    }
    return samples
  } finally {
    for (const { end } of processes.values()) end()
  }
}

function canRun({ subject }: Row): boolean {
  const { title, missing } = findSubject(subject)
  const reason = missing?.()
  if (reason !== undefined) console.error(`Left out: ${title}. ${reason}`)
  return reason === undefined
}

/** What a server needs until its code is compiled, on a busy machine too: it may get a tenth of a processor there. */
async function warm(run: Run, requests: number): Promise<void> {
  let [left, cpu] = [requests, 0]
  for (const end = Date.now() + 60_000; left > 0 && cpu < 3_000_000 && Date.now() < end; ) {
    const load = await run({ duration: 1, requests: Math.max(left, 32) })
    left -= load.requests
    cpu += load.cpu * load.requests
  }
}

/** Lets a server listen, and sees that it answers what it will be sent. */
async function prepare(subject: string, process: SubjectProcess, work: Work, connections: number) {
  const url = await startListening(process, work)
  const options = await prepareLoad(findSubject(subject).load ?? 'plain', process, url, work, connections)
  const response = await fetch(url, { method: 'POST', headers: options.headers, body: options.body })
  const text = await response.text()
  if (!response.ok) throw new Error(`${subject} answers ${response.status}: ${text.slice(0, 200)}`)
  resultOf(text)
  return { url, options }
}
