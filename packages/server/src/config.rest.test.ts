import { connectModern, officialClients } from '@portico-example/testing/examples'
import { describe, expect, it } from 'vitest'
import { factory, run, toolsAt, useFolder, write } from './testing/command.ts'
import { openDashboard } from './testing/open-dashboard.ts'

useFolder()

const config = (servers: object, portico: object = {}) =>
  write('mcp.json', JSON.stringify({ mcpServers: servers, portico: { port: 0, ...portico } }))

describe('a file of servers', () => {
  it('serves each at its own path, lists them at /, and has one dashboard', async () => {
    write('first.ts', factory('first'))
    write('second.ts', factory('second'))
    const file = config({ One: { module: './first.ts' }, two: { module: './second.ts' } })
    const started = run([file])
    const [, one] = await started.prints(/^One: MCP at (\S+)\n/m)
    const [, two] = await started.prints(/^two: MCP at (\S+)\n/m)
    expect(new URL(one!).pathname).toBe('/mcp/one')
    expect(await toolsAt(one!)).toEqual(['first'])
    expect(await toolsAt(two!)).toEqual(['second'])
    const legacy = await officialClients['1.x']!(two!)
    expect((await legacy.listTools()).tools).toMatchObject([{ name: 'second' }])

    const list = await fetch(new URL('/', one))
    expect(await list.json()).toEqual({
      servers: [
        { name: 'One', path: '/mcp/one' },
        { name: 'two', path: '/mcp/two' },
      ],
    })
    expect(await (await fetch(new URL('/health', one))).json()).toMatchObject({
      mode: 'stateful',
      activeSessions: 1,
    })
    expect(await (await fetch(new URL('/mcp', one), { method: 'POST' })).json()).toMatchObject({
      error_description: 'MCP is served at /mcp/one, /mcp/two',
    })

    const [, address] = await started.prints(/^Open (\S+) in a browser\n/m)
    const cookie = await openDashboard(address)
    const headers = { cookie, 'x-portico-dashboard': '1' }
    const { body } = await fetch(new URL('/_dashboard/api/traffic', address), { headers })
    let traffic = ''
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      traffic += chunk
      if (traffic.includes('/mcp/one') && traffic.includes('/mcp/two')) break
    }
    await legacy.close()
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it('starts again when it changes', { timeout: 120_000 }, async () => {
    write('watched.ts', factory('watched'))
    const file = config({ before: { module: './watched.ts' } })
    const started = run([file, '--watch'])
    await started.prints(/^before: MCP at (\S+)\n/m)
    config({ after: { module: './watched.ts' } })
    const [, url] = await started.prints(/^after: MCP at (\S+)\n/m)
    const client = await connectModern(url!)
    await client.close()
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it('is refused with an option of the server that is none', async () => {
    write('module.ts', factory('module'))
    const started = run([config({ a: { module: './module.ts' } }, { prot: 1 })])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toContain(
      'createHTTPServer: there is no option "prot": did you mean port?\n[unknown-option]',
    )
  })

  it('says which server cannot be served', async () => {
    const started = run([config({ a: { module: './nowhere.ts' } })])
    expect(await started.ended).toBe(2)
    expect(started.stderr()).toMatch(/There is no file .*nowhere\.ts\n/)
  })
})
