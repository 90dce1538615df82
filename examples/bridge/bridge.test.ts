import { connectModern, officialClients, startExample } from '@portico-example/testing/examples'
import { expect, it } from 'vitest'

it('serves a stdio server and a module behind one listener, in both eras', async () => {
  const example = await startExample('bridge')
  const { origin } = new URL(example.url)
  const modern = await connectModern(`${origin}/mcp/everything`)
  const echo = { name: 'echo', arguments: { message: 'hello' } }
  expect(await modern.callTool(echo)).toMatchObject({ content: [{ type: 'text', text: 'Echo: hello' }] })
  await modern.close()
  const legacy = await officialClients['1.x']!(`${origin}/mcp/clock`)
  expect((await legacy.listTools()).tools).toMatchObject([{ name: 'now' }])
  await legacy.close()
  expect(await (await fetch(origin)).json()).toMatchObject({
    servers: [{ path: '/mcp/everything' }, { path: '/mcp/clock' }],
  })
  expect(await example.stop()).toBe(0)
})
