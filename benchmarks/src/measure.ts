import { startSubject } from './commands.ts'
import { measureFootprint, measureHeap } from './footprint.ts'
import { measureInProcess } from './in-process.ts'
import { measureListening } from './listening.ts'
import { measureOnSocket } from './on-socket.ts'
import type { Effort, Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'

const LISTENED = ['bare-sse', 'portico', 'server-2.x']

/** Measures everything, each subject in a process of its own, all of them in turns. */
export async function measure(
  effort: Effort,
  subjects: readonly string[] = Object.keys(SUBJECTS),
): Promise<Sample[]> {
  const start = (names: readonly string[]) => new Map(names.map((name) => [name, startSubject(name)]))
  const samples: Sample[] = []
  const steps = [
    { title: 'in process', names: subjects, run: measureInProcess },
    { title: 'on a socket', names: subjects, run: measureOnSocket },
    { title: 'listening', names: subjects.filter((name) => LISTENED.includes(name)), run: measureListening },
    { title: 'heap', names: subjects, run: measureHeap },
  ]
  for (const { title, names, run } of steps) {
    console.error(`Measuring ${title} …`)
    const processes = start(names)
    try {
      samples.push(...(await run(processes, effort)))
    } finally {
      for (const { end } of processes.values()) end()
    }
  }
  console.error('Measuring imports …')
  samples.push(...(await measureFootprint(effort)))
  return samples
}
