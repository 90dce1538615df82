import type { SubjectProcess } from './commands.ts'
import type { Effort, Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'
import { nameOf, WORKS } from './work.ts'

/** Measures `handler.fetch`: every subject in turn does a little of the same work, round after round. */
export async function measureInProcess(
  processes: Map<string, SubjectProcess>,
  { rounds, ms, works }: Effort,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const work of WORKS.filter(works)) {
    for (let round = -1; round < rounds; round++) {
      for (const [subject, { ask }] of processes) {
        if (!SUBJECTS[subject]!.eras.includes(work.era)) continue
        const value = await ask<number | undefined>('inProcess', { work, ms: round < 0 ? ms * 5 : ms })
        // the first round warms up
        if (value === undefined || round < 0) continue
        samples.push({ subject, work: `in process, ${nameOf(work)}`, metric: 'cpu', value })
      }
    }
  }
  return samples
}
