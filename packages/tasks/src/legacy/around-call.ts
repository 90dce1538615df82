import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionCall } from '@portico-mcp/core'
import { isObject } from '@portico-mcp/core/internal'
import type { Engine } from '../engine.ts'
import { ownerOf } from '../record/owner.ts'
import { toLegacyTask } from '../record/task-forms.ts'
import { createRun } from '../run/create-run.ts'
import type { Support } from '../support.ts'
import { announceStatus } from './announce-status.ts'

/** The shortest life of a task that a client may ask for, in milliseconds. */
const MIN_TTL_MS = 1000

/** Runs a call of a 2025-era client, which asks for a task in `params.task` (2025-11-25 tasks). */
export async function aroundLegacyCall(
  engine: Engine,
  call: ExtensionCall,
  { level, isOwn, ttlMs, pollIntervalMs }: Support,
  proceed: () => Promise<JSONRPCResponse>,
): Promise<JSONRPCResponse> {
  const { params, id } = call.message
  const { task, name } = params as { task?: unknown; name?: unknown }
  // A server with tasks of its own makes the task itself, or refuses the call.
  if (isOwn) return proceed()
  if (!isObject(task)) {
    if (level === 'required') throw methodNotFound(`Tool ${name} requires a task`)
    return proceed()
  }
  if (level === 'forbidden') throw methodNotFound(`Tool ${name} cannot run as a task`)
  const requested = typeof task.ttl === 'number' ? Math.max(MIN_TTL_MS, Math.round(task.ttl)) : ttlMs
  const support: Support = { level, isOwn, ttlMs: Math.min(requested, ttlMs), pollIntervalMs }
  const run = createRun(engine, call, support)
  announceStatus(engine, run.taskId, support.ttlMs, call)
  if (engine.settings.queue) {
    await engine.repository.create(run.taskId, ownerOf(call), run.record)
    await engine.settings.queue.add({ taskId: run.taskId })
  } else {
    await run.store(ownerOf(call))
    engine.execute(run)
  }
  return { jsonrpc: '2.0', id, result: { task: toLegacyTask(run.taskId, run.record) } }
}

const methodNotFound = (message: string): Error => Object.assign(new Error(message), { code: -32601 })
