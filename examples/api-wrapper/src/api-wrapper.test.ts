import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi } from './api.ts'

let example: Example
beforeAll(async () => {
  example = await startExample('api-wrapper')
})
afterAll(() => example?.stop())

describe.each(Object.entries(officialClients))('to the official client %s', (client, connect) => {
  it('shows each caller what its own key opens', async () => {
    const name = `Fund of ${client}`
    const [ann, bob] = await Promise.all(
      ['key-of-ann', 'key-of-bob'].map((key) => connect(example.url, { 'x-api-key': key })),
    )
    expect((await ann!.listTools()).tools.map(({ name }) => name)).toEqual([
      'list-portfolios',
      'add-portfolio',
    ])
    expect(textOf(await callTool(ann!, 'add-portfolio', { name }))).toBe(JSON.stringify({ name }))
    expect(textOf(await callTool(ann!, 'list-portfolios'))).toContain(name)
    expect(textOf(await callTool(bob!, 'list-portfolios'))).toBe('[]')
    await Promise.all([ann!.close(), bob!.close()])
  })

  it('hands on what the API says', async () => {
    const [ann, nobody] = [
      await connect(example.url, { 'x-api-key': 'key-of-ann' }),
      await connect(example.url),
    ]
    const twice = await callTool(ann, 'add-portfolio', { name: 'Growth Fund' })
    expect([twice.isError, textOf(twice)]).toEqual([true, 'Growth Fund is there already'])
    const refused = await callTool(nobody, 'list-portfolios')
    expect([refused.isError, textOf(refused)]).toEqual([true, 'An API key is needed'])
    await Promise.all([ann.close(), nobody.close()])
  })
})

describe('the wrapper', () => {
  it('prints a curl that works', async () => {
    const [, command] = await example.prints(/(curl[\s\S]*?}')\n/)
    expect(textOf((await runCommand(command!)).result)).toContain('Growth Fund')
  })

  it('wraps another API if told to, and stops with code 0', async () => {
    const api = await startApi()
    const other = await startExample('api-wrapper', { API_URL: api.url })
    const client = await officialClients['1.x']!(other.url, { 'x-api-key': 'key-of-bob' })
    expect(textOf(await callTool(client, 'list-portfolios'))).toBe('[]')
    await client.close()
    expect(await other.stop()).toBe(0)
    api.close()
  })
})
