import { isFinal } from '../record/task-record.ts'
import type { LiveRun, RunHost } from './run-host.ts'

/** Extends the lease of a run, and sees what others have changed meanwhile. Never rejects. */
export async function extendLease({ repository, settings, report }: RunHost, run: LiveRun): Promise<void> {
  const lease = { run: run.id, until: Date.now() + settings.leaseMs }
  try {
    const changed = await repository.change(run.taskId, (record) =>
      !isFinal(record) && record.lease?.run === run.id ? { ...record, lease } : undefined,
    )
    run.apply(changed?.record)
  } catch (error) {
    report(error)
  }
}
