import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { authInfoOf, serve } from './testing/stdio.ts'

const CALLERS = 50
const CALLS = 40
const MAX_PROCESSES = 6

const call = (id: number): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'count',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: {
        name: 'count',
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })

const openFiles = (): number => readdirSync('/proc/self/fd').length

it('serves 2000 calls of 50 callers with few processes, and keeps nothing of them', async () => {
  const served = serve({ maxProcesses: MAX_PROCESSES, maxQueue: 1000, queueTimeoutMs: 60_000 })
  let most = 0
  let serving = 0

  async function serveCaller(name: string): Promise<void> {
    const answers = await Promise.all(
      Array.from({ length: CALLS }, async (_, id) => {
        const response = await served.handler.fetch(call(id), { authInfo: authInfoOf(name) })
        const { result } = await response.json()
        return Number(result.content[0].text)
      }),
    )
    serving += answers.length
    // Each caller is counted by a process of its own.
    expect(answers.sort((one, other) => one - other)).toEqual(
      Array.from({ length: CALLS }, (_, id) => id + 1),
    )
    most = Math.max(most, served.pool.status.processes)
  }

  // The first callers warm up what is created once.
  for (const name of ['one', 'two', 'three']) await serveCaller(name)
  const [memory, files] = [readHeap(), openFiles()]
  const names = Array.from({ length: CALLERS }, (_, index) => `caller-${index}`)
  await Promise.all(
    [0, 1, 2].map(async (lane) => {
      for (const name of names.filter((_, index) => index % 3 === lane)) await serveCaller(name)
    }),
  )
  expect(serving).toBe((CALLERS + 3) * CALLS)
  expect(most).toBeLessThanOrEqual(MAX_PROCESSES)
  expect(served.pool.status).toMatchObject({ used: 0, queued: 0, crashed: 0 })
  expect(served.errors).toEqual([])
  // A process has three pipes.
  expect(openFiles()).toBeLessThanOrEqual(files + 3 * MAX_PROCESSES)
  const growth = readHeap() - memory
  console.log(`grown by ${growth} bytes, with ${served.pool.status.started} processes started`)
  expect(growth).toBeLessThan(10 * 1024 * 1024)
  await served.pool.close()
  expect(served.pool.status.processes).toBe(0)
})

function readHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
