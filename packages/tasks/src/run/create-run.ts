import type { ExtensionCall } from '@portico-mcp/core'
import type { CreateTaskOptions } from '../call-slot.ts'
import { ownerOf } from '../record/owner.ts'
import type { TaskRecord } from '../record/task-record.ts'
import type { Support } from '../support.ts'
import type { RunHost } from './run-host.ts'
import { TaskRun } from './task-run.ts'

/** Creates the run of a call that becomes a task. Nothing is stored yet. */
export function createRun(
  engine: RunHost,
  call: ExtensionCall,
  support: Support,
  options: CreateTaskOptions = {},
): TaskRun {
  const { params } = call.message
  const now = Date.now()
  const { authInfo } = call
  const record: TaskRecord = {
    principal: ownerOf(call).principal,
    tool: String(params?.name),
    status: 'working',
    statusMessage: options.statusMessage,
    createdAt: now,
    lastUpdatedAt: now,
    ttlMs: options.ttlMs ?? support.ttlMs,
    pollIntervalMs: options.pollIntervalMs ?? support.pollIntervalMs,
    call: {
      name: String(params?.name),
      arguments: params?.arguments as Record<string, unknown> | undefined,
      clientCapabilities: call.clientCapabilities,
      authInfo: authInfo && { ...authInfo, token: '' },
      url: call.http.url,
    },
    state: { round: 0, callId: crypto.randomUUID(), done: [] },
    questions: [],
    keys: 0,
  }
  return new TaskRun(engine, crypto.randomUUID(), record)
}
