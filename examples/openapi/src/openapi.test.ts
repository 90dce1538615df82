import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let example: Example
beforeAll(async () => {
  example = await startExample('openapi')
})
afterAll(() => example?.stop())

describe.each(Object.entries(officialClients))('to the official client %s', (_, connect) => {
  it('is what the document says, without what it keeps back', async () => {
    const client = await connect(example.url)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['find-books', 'add-book', 'get-book'])
    expect(JSON.stringify(tools)).not.toMatch(/api-?key/i)
    expect(tools[1]).toMatchObject({
      title: 'Add a book',
      inputSchema: {
        required: ['body'],
        $defs: { Book: { properties: { year: { type: ['integer', 'null'] } } } },
      },
    })
    await client.close()
  })

  it('finds, gets and adds books', async () => {
    const client = await connect(example.url)
    const titlesOf = async (args: object) =>
      JSON.parse(textOf(await callTool(client, 'find-books', args as Record<string, unknown>))).map(
        ({ title }: { title: string }) => title,
      )
    expect(await titlesOf({ author: ['Austen', 'Eliot'], filter: { since: 1816, until: 1900 } })).toEqual([
      'Persuasion',
      'Middlemarch',
    ])
    expect(JSON.parse(textOf(await callTool(client, 'get-book', { isbn: '001' })))).toMatchObject({
      title: 'Emma',
    })
    const isbn = String(Math.floor(Math.random() * 900) + 100)
    const body = { isbn, title: 'New', author: 'Anon', year: null }
    expect(JSON.parse(textOf(await callTool(client, 'add-book', { body })))).toEqual(body)
    const again = await callTool(client, 'add-book', { body })
    expect([again.isError, textOf(again)]).toEqual([true, `HTTP 409: {"error":"${isbn} is taken"}`])
    await client.close()
  })

  it('holds a model to the document', async () => {
    const client = await connect(example.url)
    const wrong = await callTool(client, 'add-book', { body: { isbn: 'x', title: 'No', author: 'One' } })
    expect([wrong.isError, textOf(wrong)]).toEqual([true, expect.stringContaining('body.isbn')])
    const away = await callTool(client, 'get-book', { isbn: '..' })
    expect([away.isError, textOf(away)]).toEqual([true, expect.stringContaining('"isbn"')])
    expect(textOf(await callTool(client, 'get-book', { isbn: '../books' }))).toContain('must not lead out')
    await client.close()
  })
})

describe('the library', () => {
  it('prints a curl that works', async () => {
    const [, command] = await example.prints(/(curl[\s\S]*?}')\n/)
    expect(JSON.parse(textOf((await runCommand(command!)).result))).toMatchObject([{ title: 'Persuasion' }])
  })

  it('stops when it is told to, with code 0', async () => {
    expect(await (await startExample('openapi')).stop()).toBe(0)
  })
})
