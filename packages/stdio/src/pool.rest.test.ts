import { sessions } from '@portico-mcp/sessions'
import { describe, expect, it } from 'vitest'
import { isRunning, pidOf } from './testing/processes.ts'
import { authInfoOf, callTool, connect, serve } from './testing/stdio.ts'

describe('share', () => {
  it.each([
    ['caller', [1, 1, 2], 2],
    ['all', [1, 2, 3], 1],
    ['none', [1, 1, 1], undefined],
  ] as const)('%s: two callers', async (share, counts, started) => {
    const served = serve({ share })
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const bob = await connect(served, { authInfo: authInfoOf('bob') })
    expect([
      await callTool(ann, 'count'),
      await callTool(bob, 'count'),
      await callTool(ann, 'count'),
    ]).toEqual(counts.map(String))
    if (started !== undefined) expect(served.pool.status.started).toBe(started)
  })

  it('none: keeps a spare process warm, and stops each after its request', async () => {
    const served = serve({ share: 'none' })
    const client = await connect(served)
    for (let call = 0; call < 3; call++) await callTool(client, 'count')
    await expect.poll(() => served.pool.status).toMatchObject({ processes: 1, used: 0 })
  })

  it('gives each session its own process, and stops it with the session', async () => {
    const served = serve({}, { legacy: sessions() })
    const [one, other] = [await connect(served, { era: 'legacy' }), await connect(served, { era: 'legacy' })]
    expect([await callTool(one, 'count'), await callTool(other, 'count')]).toEqual(['1', '1'])
    expect(served.pool.status.processes).toBe(2)
    await (one.transport as unknown as { terminateSession(): Promise<void> }).terminateSession()
    await expect.poll(() => served.pool.status.processes).toBe(1)
  })

  it('is by the key that caller returns', async () => {
    const served = serve({ caller: ({ authInfo }) => String(authInfo?.clientId) })
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const bob = await connect(served, { authInfo: authInfoOf('bob') })
    expect([await callTool(ann, 'count'), await callTool(bob, 'count')]).toEqual(['1', '2'])
  })
})

describe('limits', () => {
  it('stops the process that is idle for the longest time for another caller', async () => {
    const served = serve({ maxProcesses: 2 })
    const clients = await Promise.all(
      ['ann', 'bob', 'cid'].map((name) => connect(served, { authInfo: authInfoOf(name) })),
    )
    for (const client of clients) expect(await callTool(client, 'count')).toBe('1')
    expect(served.pool.status.processes).toBeLessThanOrEqual(2)
    expect(await callTool(clients[2]!, 'count')).toBe('2')
  })

  it('answers 503 with Retry-After when all processes are busy and the queue is full', async () => {
    const served = serve({ maxProcesses: 1, maxQueue: 0 })
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const waiting = callTool(ann, 'wait', { ms: 2000 })
    await expect.poll(() => served.pool.status.used).toBe(1)
    const response = await served.handler.fetch(listRequest(), { authInfo: authInfoOf('bob') })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await response.json()).error.message).toBe(
      'Every process of this server is busy: try again later',
    )
    expect(await waiting).toBe('waited')
  })

  it('lets a request wait for a process, up to queueTimeoutMs', async () => {
    const served = serve({ maxProcesses: 1, queueTimeoutMs: 300 })
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const waiting = callTool(ann, 'wait', { ms: 1500 })
    await expect.poll(() => served.pool.status.used).toBe(1)
    expect((await served.handler.fetch(listRequest(), { authInfo: authInfoOf('bob') })).status).toBe(503)
    await waiting
    expect((await served.handler.fetch(listRequest(), { authInfo: authInfoOf('bob') })).status).toBe(200)
  })

  it('gives a known caller no more than maxProcessesPerCaller', async () => {
    const served = serve({ maxProcesses: 8, maxProcessesPerCaller: 1, maxQueue: 0 }, { legacy: sessions() })
    await connect(served, { era: 'legacy', authInfo: authInfoOf('ann') })
    await expect(connect(served, { era: 'legacy', authInfo: authInfoOf('ann') })).rejects.toThrow('busy')
    await connect(served, { era: 'legacy', authInfo: authInfoOf('bob') })
  })

  it('stops a shared process that is idle', async () => {
    const served = serve({ idleTimeoutMs: 100 })
    await callTool(await connect(served), 'count')
    await expect.poll(() => served.pool.status.processes).toBe(0)
  })
})

describe('a process that fails', () => {
  it('fails its own calls with a clear error, and is started again', async () => {
    const served = serve()
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const bob = await connect(served, { authInfo: authInfoOf('bob') })
    const safe = callTool(bob, 'wait', { ms: 500 })
    await callTool(ann, 'count')
    await expect(callTool(ann, 'exit', { code: 3 })).rejects.toThrow(
      'The MCP server ended with exit code 3 before it answered',
    )
    expect(await safe).toBe('waited')
    expect(await callTool(ann, 'count')).toBe('1')
    expect(served.pool.status.crashed).toBe(1)
    expect(served.errors.map(({ message }) => message).join()).toContain('ended with exit code 3')
  })

  it('fails the call of a session, whose next call gets another process', async () => {
    const client = await connect(serve({}, { legacy: sessions() }), { era: 'legacy' })
    await callTool(client, 'count')
    await expect(callTool(client, 'exit', { code: 1 })).rejects.toThrow()
    expect(await callTool(client, 'count')).toBe('1')
  })

  it('is told from one that cannot be started, which answers 502', async () => {
    const { handler, errors } = serve({ command: '/no/such/command' })
    const response = await handler.fetch(listRequest())
    expect(response.status).toBe(502)
    expect(await response.text()).not.toContain('/no/such')
    expect(String(errors.map(({ cause }) => cause))).toContain('ENOENT')
  })

  it('is reported with the last lines of its log if it ends before it answers', async () => {
    const served = serve({ args: ['-e', 'console.error("no API key"); process.exit(2)'] })
    expect((await served.handler.fetch(listRequest())).status).toBe(502)
    expect(String(served.errors.map(({ cause }) => cause))).toContain('no API key')
  })

  it('is not started again and again', async () => {
    const served = serve({ args: ['-e', 'process.exit(2)'], queueTimeoutMs: 1 })
    const statuses: number[] = []
    for (let call = 0; call < 4; call++) statuses.push((await served.handler.fetch(listRequest())).status)
    expect(statuses).toContain(503)
    expect(served.pool.status.started).toBeLessThan(4)
  })

  it('is ended if it does not answer pings', async () => {
    const served = serve({ pingIntervalMs: 100, pingTimeoutMs: 300 })
    const client = await connect(served)
    await callTool(client, 'count')
    await expect(callTool(client, 'hang')).rejects.toThrow('did not answer ping within 300 ms')
    expect(await callTool(client, 'count')).toBe('1')
  })

  it('is ended if it uses too much memory', async () => {
    const served = serve({ maxMemoryBytes: 300 * 1024 * 1024 })
    const client = await connect(served)
    await callTool(client, 'grow', { megabytes: 400 })
    await expect(callTool(client, 'wait', { ms: 60_000 })).rejects.toThrow(
      'used more than 314572800 bytes of memory',
    )
    expect(await callTool(client, 'count')).toBe('1')
  })

  it('is ended if it sends a message that is too large', async () => {
    const client = await connect(serve({ maxMessageBytes: 100_000 }))
    await expect(callTool(client, 'large', { bytes: 200_000 })).rejects.toThrow(
      'sent a message of more than 100000 bytes',
    )
    expect((await callTool(client, 'large', { bytes: 90_000 })).length).toBe(90_000)
  })

  it('is ended if it does not read its input', async () => {
    const client = await connect(serve({ maxMessageBytes: 100_000 }))
    // The handler asks a process for its tools before the first call with arguments.
    await callTool(client, 'echo', { text: 'first' })
    const calls = [callTool(client, 'hang')]
    for (let call = 0; call < 10; call++) calls.push(callTool(client, 'echo', { text: 'x'.repeat(90_000) }))
    for (const result of await Promise.allSettled(calls)) {
      expect(String('reason' in result && result.reason)).toContain('did not read its input')
    }
  })

  it('may write to its standard output what is no message', async () => {
    const served = serve()
    expect(await callTool(await connect(served), 'noise')).toBe('written')
    expect(served.errors.map(({ message }) => message)).toContain(
      'The process wrote what is no message: this is no JSON',
    )
  })
})

describe('a client that leaves', () => {
  it('cancels its call in the process, which goes on', async () => {
    const served = serve()
    const client = await connect(served)
    const cancel = new AbortController()
    const call = client.callTool({ name: 'wait', arguments: { ms: 60_000 } }, { signal: cancel.signal })
    call.catch(() => {})
    await expect.poll(() => served.pool.status.used).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    cancel.abort()
    await expect(call).rejects.toThrow()
    await expect.poll(() => served.log.map(({ text }) => text)).toContain('aborted')
    expect(served.pool.status).toMatchObject({ used: 0, started: 1 })
  })
})

describe('the environment and the log', () => {
  it('has the variables that were named, and no other of this process', async () => {
    process.env.PORTICO_SECRET = 'hunter22'
    process.env.PORTICO_SHARED = 'shared'
    const client = await connect(serve({ env: { OWN: 'own' }, inheritEnv: ['PORTICO_SHARED'] }))
    const read = (name: string) => callTool(client, 'env', { name })
    expect([await read('OWN'), await read('PORTICO_SHARED'), await read('PORTICO_SECRET')]).toEqual([
      'own',
      'shared',
      'unset',
    ])
    expect(await read('PATH')).toBe(process.env.PATH)
  })

  it('has the lines of standard error, shortened and without secrets', async () => {
    const served = serve({ env: { API_TOKEN: 'abc-123-secret' } })
    const client = await connect(served)
    for (const line of ['plain', 'with abc-123-secret', 'Authorization: Bearer abcdefgh', 'x'.repeat(5000)]) {
      await callTool(client, 'stderr', { line })
    }
    await expect.poll(() => served.log).toHaveLength(4)
    expect(served.log.map(({ text }) => text)).toEqual([
      'plain',
      'with [redacted]',
      'Authorization: Bearer [redacted]',
      `${'x'.repeat(4096)}…`,
    ])
  })
})

describe('the end', () => {
  it('of the pool ends every process, and refuses further requests', async () => {
    const served = serve({}, { legacy: sessions() })
    const client = await connect(served)
    const pids = [await pidOf(client), await pidOf(await connect(served, { era: 'legacy' }))]
    await served.pool.close()
    await expect.poll(() => pids.filter(isRunning)).toEqual([])
    await expect(callTool(client, 'count')).rejects.toThrow('The pool of processes is closed')
  })

  it('of a process that ignores the end of its input comes by SIGTERM, or by SIGKILL', async () => {
    const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)
      process.stdin.on('data', (line) => {
        const { id } = JSON.parse(String(line).split('\\n')[0])
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: String(process.pid), version: '1' } }
        if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
      })`
    const served = serve({ args: ['-e', stubborn], closeTimeoutMs: 100 })
    const client = await connect(served)
    await client.ping().catch(() => {})
    const pid = Number(client.getServerVersion()?.name)
    expect(isRunning(pid)).toBe(true)
    await served.pool.close()
    expect(isRunning(pid)).toBe(false)
  })
})

const listRequest = (): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
