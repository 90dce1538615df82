import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { openQuestions, type TaskRecord } from './task-record.ts'

const toTime = (ms: number): string => new Date(ms).toISOString()

/** The members that every form of a task of 2026-07-28 has. */
export function describeTask(taskId: string, record: TaskRecord): Result {
  const { status, statusMessage, createdAt, lastUpdatedAt, ttlMs, pollIntervalMs } = record
  return {
    taskId,
    status,
    ...(statusMessage !== undefined && { statusMessage }),
    createdAt: toTime(createdAt),
    lastUpdatedAt: toTime(lastUpdatedAt),
    ttlMs,
    pollIntervalMs,
  }
}

/** The answer to a call that has become a task (2026-07-28 tasks). */
export const toCreated = (taskId: string, record: TaskRecord): Result => ({
  resultType: 'task',
  ...describeTask(taskId, record),
})

/** A task with its result, error or open requests, as `tasks/get` answers it. */
export function toDetailed(taskId: string, record: TaskRecord): Result {
  const { status, result, error } = record
  return {
    ...describeTask(taskId, record),
    ...(status === 'completed' && { result: { resultType: 'complete', ...result } }),
    ...(status === 'failed' && { error }),
    ...(status === 'input_required' && {
      inputRequests: Object.fromEntries(openQuestions(record).map(({ key, request }) => [key, request])),
    }),
  }
}

/** A task of 2025-11-25. */
export const toLegacyTask = (taskId: string, record: TaskRecord): Result =>
  toLegacyForm(describeTask(taskId, record))

/** Converts a task of 2026-07-28 to the form of 2025-11-25, which has neither its result nor its requests. */
export function toLegacyForm({
  taskId,
  status,
  statusMessage,
  createdAt,
  lastUpdatedAt,
  ...task
}: Result): Result {
  return {
    taskId,
    status,
    ...(statusMessage !== undefined && { statusMessage }),
    createdAt,
    lastUpdatedAt,
    ttl: task.ttlMs,
    pollInterval: task.pollIntervalMs,
  }
}
