import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer, once } from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { taskOf } from './index.ts'
import { ID, serve, text } from './testing/serve.ts'

const soon = (ms = 20) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const form = (message: string) => ({
  message,
  requestedSchema: { type: 'object' as const, properties: { answer: { type: 'string' as const } } },
})

const CLASSES: [string, typeof McpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer as never],
]

describe.each(CLASSES)('a task of %s', (_, Server) => {
  const start = (register: (server: McpServer) => void, options = {}) =>
    serve(
      register,
      { tools: { 'slow*': { support: 'required' }, must: { support: 'required' } }, ...options },
      {},
      Server,
    )

  it('is answered at once, and has its result later', async () => {
    const { call, until } = start((server) => {
      server.registerTool('slow', { inputSchema: { who: z.string() } }, async ({ who }) => {
        await soon()
        return text(`Hello, ${who}`)
      })
    })
    const created = await call('slow', { who: 'Ada' })
    expect(created).toMatchObject({
      resultType: 'task',
      status: 'working',
      ttlMs: 3_600_000,
      pollIntervalMs: 1000,
    })
    expect(created).not.toHaveProperty('task')
    const done = await until(created.taskId, 'completed')
    expect(done).toMatchObject({ resultType: 'complete', result: text('Hello, Ada') })
  })

  it('is not made of what an optional tool answers at once', async () => {
    const { call } = start((server) => void server.registerTool('slow', {}, () => text('plain')), {
      tools: { slow: { support: 'optional' } },
    })
    expect(await call('slow')).toMatchObject({ resultType: 'complete', ...text('plain') })
  })

  it('is not made for a client that does not declare the extension', async () => {
    const { call, send } = start(
      (server) => {
        server.registerTool('slow', {}, async () => text('plain'))
        server.registerTool('must', {}, async () => text('never'))
      },
      { tools: { slow: { support: 'optional' }, must: { support: 'required' } } },
    )
    expect(await call('slow', {}, { capabilities: {} })).toMatchObject({
      resultType: 'complete',
      ...text('plain'),
    })
    const refused = await send('tools/call', { name: 'must' }, { capabilities: {} })
    expect(refused.status).toBe(400)
    expect((await refused.json()).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [ID]: {} } } },
    })
  })

  it('asks its client, and goes on where it waits', async () => {
    let runs = 0
    const { call, until, ask } = start((server) => {
      server.registerTool('slow', {}, async (extra) => {
        runs++
        await soon()
        const [first, second] = await Promise.all([
          extra.sendRequest({ method: 'elicitation/create', params: form('A?') }, z.looseObject({}) as never),
          extra.sendRequest({ method: 'elicitation/create', params: form('B?') }, z.looseObject({}) as never),
        ])
        return text(JSON.stringify([first, second]))
      })
    })
    const { taskId } = await call('slow')
    const asking = await until(taskId, 'input_required')
    const [first, second] = Object.keys(asking.inputRequests) as [string, string]
    expect(asking.inputRequests[first]).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'A?' },
    })
    const answer = (key: string, answer: string) =>
      ask('tasks/update', {
        taskId,
        inputResponses: { [key]: { action: 'accept', content: { answer } }, unknown: { action: 'cancel' } },
      })
    expect((await answer(second, 'two')).result).toMatchObject({ resultType: 'complete' })
    expect(Object.keys((await until(taskId, 'input_required')).inputRequests)).toEqual([first])
    await answer(first, 'one')
    await answer(first, 'again')
    const done = await until(taskId, 'completed')
    expect(done.result.content[0].text).toContain('"one"')
    expect(done.result.content[0].text).toContain('"two"')
    expect(runs).toBe(1)
  })

  it('is ended while it waits for long, and runs again with the answers', async () => {
    let runs = 0
    const { call, until, ask } = start(
      (server) => {
        server.registerTool('slow', {}, async () => {
          runs++
          const first = await server.server.elicitInput(form('A?'))
          const second = await server.server.elicitInput(form('B?'))
          return text(`${first.content?.answer} ${second.content?.answer}`)
        })
      },
      { waitMs: 30 },
    )
    const { taskId } = await call('slow')
    const keys: string[] = []
    for (const answer of ['one', 'two']) {
      const [key] = Object.keys((await until(taskId, 'input_required')).inputRequests) as [string]
      keys.push(key)
      await soon(60)
      await ask('tasks/update', {
        taskId,
        inputResponses: { [key]: { action: 'accept', content: { answer } } },
      })
    }
    expect(await until(taskId, 'completed')).toMatchObject({ result: text('one two') })
    expect(new Set(keys).size).toBe(2)
    expect(runs).toBe(3)
  })

  it('is cancelled again and again, and its handler is told', async () => {
    let signal: AbortSignal | undefined
    const { call, ask, until } = start((server) => {
      server.registerTool('slow', {}, async (extra) => {
        signal = extra.signal
        await soon(5000)
        return text('late')
      })
    })
    const { taskId } = await call('slow')
    for (let time = 0; time < 3; time++) {
      expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' })
    }
    expect(await until(taskId, 'cancelled')).toMatchObject({ taskId })
    expect(signal?.aborted).toBe(true)
  })

  it('carries a tool error as its result', async () => {
    const { call, until } = start((server) => {
      server.registerTool('slow', {}, async () => {
        await soon()
        throw new Error('It broke')
      })
    })
    const { taskId } = await call('slow')
    expect(await until(taskId, 'completed')).toMatchObject({ result: { isError: true, ...text('It broke') } })
  })

  it('shows progress as its status message', async () => {
    const goOn = { half: () => {}, nearly: () => {} }
    const half = new Promise<void>((resolve) => Object.assign(goOn, { half: resolve }))
    const nearly = new Promise<void>((resolve) => Object.assign(goOn, { nearly: resolve }))
    const { call, until, ask } = start((server) => {
      server.registerTool('slow', {}, async (extra) => {
        await soon()
        const params = { progressToken: 'p', progress: 1, total: 2, message: 'Half' }
        await extra.sendNotification({ method: 'notifications/progress', params })
        await half
        taskOf(extra)?.update('Nearly')
        await nearly
        return text('done')
      })
    })
    const { taskId } = await call('slow', {}, { meta: { progressToken: 'p' } })
    const message = async () => (await ask('tasks/get', { taskId })).result.statusMessage
    await vi.waitFor(async () => expect(await message()).toBe('Half'))
    goOn.half()
    await vi.waitFor(async () => expect(await message()).toBe('Nearly'))
    goOn.nearly()
    await until(taskId, 'completed')
  })

  it('is refused to other callers, like one that does not exist', async () => {
    const owner = { token: 'a', clientId: 'c', scopes: [], extra: { sub: 'ada' } }
    const stranger = { token: 'b', clientId: 'c', scopes: [], extra: { sub: 'eve' } }
    const { call, ask } = start((server) => {
      server.registerTool('slow', {}, async () => {
        await soon(30)
        return text('mine')
      })
    })
    const { taskId } = await call('slow', {}, { authInfo: owner })
    expect((await ask('tasks/get', { taskId }, { authInfo: owner })).result.taskId).toBe(taskId)
    const refusals = await Promise.all([
      ask('tasks/get', { taskId }, { authInfo: stranger }),
      ask('tasks/get', { taskId }),
      ask('tasks/get', { taskId: 'unknown' }, { authInfo: owner }),
      ask('tasks/cancel', { taskId }, { authInfo: stranger }),
      ask('tasks/update', { taskId, inputResponses: {} }, { authInfo: stranger }),
    ])
    expect(new Set(refusals.map(({ error }) => JSON.stringify(error))).size).toBe(1)
    expect(refusals[0].error.code).toBe(-32602)
  })

  it('may ask on the call itself before it begins, and gets the answers', async () => {
    const { inputRequired, inputResponses, acceptedContent } = await import('@portico-mcp/core')
    const { call, ask, until } = start((server) => {
      server.registerTool('must', {}, async (extra) => {
        const accepted = acceptedContent(inputResponses(extra), 'name')
        if (accepted) return text(`Hello, ${accepted.answer}`)
        return inputRequired({ inputRequests: { name: inputRequired.elicit(form('Name?')) } })
      })
    })
    const asking = await call('must')
    expect(asking).toMatchObject({ resultType: 'input_required', inputRequests: { name: {} } })
    const { result } = await ask('tools/call', {
      name: 'must',
      arguments: {},
      inputResponses: { name: { action: 'accept', content: { answer: 'Ada' } } },
      requestState: asking.requestState,
    })
    expect(result.resultType).toBe('task')
    expect(await until(result.taskId, 'completed')).toMatchObject({ result: text('Hello, Ada') })
  })

  it('may return what it asks later, and runs again with the answers and without its effects', async () => {
    const { inputRequired, inputResponses, acceptedContent } = await import('@portico-mcp/core')
    let effects = 0
    const { call, ask, until } = start((server) => {
      server.registerTool('slow', {}, async (extra) => {
        await soon()
        await once(extra, 'effect', () => ++effects)
        const accepted = acceptedContent(inputResponses(extra), 'name')
        if (accepted) return text(`Hello, ${accepted.answer}`)
        return inputRequired({ inputRequests: { name: inputRequired.elicit(form('Name?')) } })
      })
    })
    const { taskId } = await call('slow')
    const { inputRequests } = await until(taskId, 'input_required')
    const [key] = Object.keys(inputRequests) as [string]
    await ask('tasks/update', {
      taskId,
      inputResponses: { [key]: { action: 'accept', content: { answer: 'Ada' } } },
    })
    expect(await until(taskId, 'completed')).toMatchObject({ result: text('Hello, Ada') })
    expect(effects).toBe(1)
  })
})

describe('a call', () => {
  it('becomes a task when it takes long', async () => {
    const { call, until } = serve(
      (server) => {
        server.registerTool('report', { inputSchema: { ms: z.number() } }, async ({ ms }) => {
          await soon(ms)
          return text('done')
        })
      },
      { promoteAfterMs: 40 },
    )
    expect(await call('report', { ms: 1 })).toMatchObject({ resultType: 'complete', ...text('done') })
    const { taskId, resultType } = await call('report', { ms: 100 })
    expect(resultType).toBe('task')
    expect(await until(taskId, 'completed')).toMatchObject({ result: text('done') })
  })

  it('becomes a task as its tool was registered', async () => {
    const { call, until } = serve((server) => {
      server.registerTool('report', { execution: { taskSupport: 'required' } } as never, async () =>
        text('done'),
      )
    })
    const { taskId, resultType } = await call('report')
    expect(resultType).toBe('task')
    await until(taskId, 'completed')
  })

  it('ignores the task of 2025-11-25', async () => {
    const { ask } = serve((server) => void server.registerTool('plain', {}, async () => text('plain')))
    const { result } = await ask('tools/call', { name: 'plain', arguments: {}, task: { ttl: 1 } })
    expect(result).toMatchObject({ resultType: 'complete', ...text('plain') })
  })
})

describe('a task that is ended from elsewhere', () => {
  const start = () => {
    const ids: string[] = []
    const served = serve((server) => {
      server.registerTool('build', {}, async (extra) => {
        const task = await served.tasks.create(extra, { statusMessage: 'Queued' })
        ids.push(task.id)
        return task.result
      })
    })
    return { ...served, ids }
  }

  it('is completed, failed, updated and asked', async () => {
    const { call, ask, until, tasks } = start()
    const { taskId, statusMessage } = await call('build')
    expect(statusMessage).toBe('Queued')
    expect(await tasks.update(taskId, 'Testing')).toBe(true)
    const asked = tasks.ask(taskId, { go: { method: 'elicitation/create', params: form('Deploy?') } })
    const asking = await until(taskId, 'input_required')
    expect(asking.statusMessage).toBe('Testing')
    const [key] = Object.keys(asking.inputRequests) as [string]
    await ask('tasks/update', { taskId, inputResponses: { [key]: { action: 'decline' } } })
    expect(await asked).toEqual({ go: { action: 'decline' } })
    expect(await tasks.complete(taskId, text('built'))).toBe(true)
    expect(await tasks.fail(taskId, { code: -32603, message: 'late' })).toBe(false)
    expect(await until(taskId, 'completed')).toMatchObject({ result: text('built') })
  })

  it('needs a client that declares the extension', async () => {
    const { send } = start()
    const refused = await send('tools/call', { name: 'build' }, { capabilities: {} })
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, -32021])
  })
})
