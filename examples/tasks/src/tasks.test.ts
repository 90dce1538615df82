import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startExample } from '@portico-example/testing/examples'
import { afterAll, expect, it } from 'vitest'

const TASKS = mkdtempSync(join(tmpdir(), 'portico-reports-'))
afterAll(() => rmSync(TASKS, { recursive: true, force: true }))

const start = () => startExample('tasks', { TASKS, SECTION_MS: '200' })

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
