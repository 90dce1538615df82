import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { describeRedis, RedisServer } from '../../../packages/redis/src/testing/redis-server.ts'

const TASKS = mkdtempSync(join(tmpdir(), 'portico-reports-'))
afterAll(() => rmSync(TASKS, { recursive: true, force: true }))

async function ask(url: string, method: string, params: Record<string, unknown>): Promise<any> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {
      elicitation: {},
      extensions: { 'io.modelcontextprotocol/tasks': {} },
    },
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': String(params.taskId ?? params.name),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  })
  return ((await response.json()) as { result: unknown }).result
}

async function until(url: string, taskId: string, status: string): Promise<any> {
  for (;;) {
    const task = await ask(url, 'tasks/get', { taskId })
    if (task.status === status) return task
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('in a folder', () => {
  describeReports(() => ({ TASKS }))
})

describeRedis('on Redis with BullMQ', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())
  describeReports(() => ({ REDIS_URL: redis.url }))
})

function describeReports(where: () => Record<string, string>): void {
  const start = () => startExample('tasks', { ...where(), SECTION_MS: '200' })

  it('writes a report that is approved in the middle and survives a restart', async () => {
    const first = await start()
    const { taskId } = await ask(first.url, 'tools/call', { name: 'report', arguments: { about: 'whales' } })
    const { inputRequests } = await until(first.url, taskId, 'input_required')
    await first.stop()
    const second = await start()
    const [key] = Object.keys(inputRequests) as [string]
    const inputResponses = { [key]: { action: 'accept', content: { approved: true } } }
    await ask(second.url, 'tasks/update', { taskId, inputResponses })
    const { result } = await until(second.url, taskId, 'completed')
    expect(result.content[0].text).toBe('sales of whales, costs of whales, outlook of whales')
    await second.stop()
  })

  it('goes on after a restart while it is being written', async () => {
    const first = await start()
    const { taskId } = await ask(first.url, 'tools/call', { name: 'report', arguments: { about: 'ships' } })
    await first.stop()
    const second = await start()
    const { inputRequests } = await until(second.url, taskId, 'input_required')
    expect(Object.values<any>(inputRequests)[0].params.message).toContain('costs of ships')
    await second.stop()
  })

  it('goes on after its process was killed, and writes no finished section again', async () => {
    const first = await start()
    const { taskId } = await ask(first.url, 'tools/call', { name: 'report', arguments: { about: 'ants' } })
    await vi.waitUntil(
      async () => (await ask(first.url, 'tasks/get', { taskId })).statusMessage === 'Writing about the costs',
      { timeout: 30_000 },
    )
    await first.kill()
    const second = await start()
    const seen = new Set<string>()
    const isAsking = async () => {
      const { status, statusMessage } = await ask(second.url, 'tasks/get', { taskId })
      seen.add(statusMessage)
      return status === 'input_required'
    }
    await vi.waitUntil(isAsking, { timeout: 60_000 })
    expect([...seen]).not.toContain('Writing about the sales')
    await second.stop()
  })
}
