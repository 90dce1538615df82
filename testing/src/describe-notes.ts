import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { callTool, connectModern, type OfficialClient, officialClients, textOf } from './clients.ts'
import { type Example, startExample } from './example.ts'
import { runCommand } from './run-command.ts'

/**
 * Describes what an example that serves the notes does, wherever it serves them. The example runs while
 * the tests do.
 *
 * @param name - The example's folder.
 * @param stopsGracefully - Whether it ends what is open before it ends itself.
 */
export function describeNotes(
  name: string,
  { stopsGracefully = true }: { stopsGracefully?: boolean } = {},
): void {
  let example: Example
  beforeAll(async () => {
    example = await startExample(name)
  }, 60_000)
  afterAll(() => example?.stop())

  describe.each(Object.entries(officialClients))('the official client %s', (_, connect) => {
    let client: OfficialClient
    beforeAll(async () => {
      client = await connect(example.url)
    })
    afterAll(() => client?.close())

    it('lists the tools', async () => {
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toEqual(['add-note', 'import-notes', 'find-notes'])
    })

    it('saves a note, finds it, and reads it', async () => {
      const saved = await callTool(client, 'add-note', { text: 'Water the plants' })
      const [, uri = ''] = /^Saved (.*): Water the plants$/.exec(textOf(saved)) ?? []
      const found = await callTool(client, 'find-notes', { query: 'the plants' })
      expect(textOf(found)).toContain(`${uri}: Water the plants`)
      expect((await client.listResources()).resources).toContainEqual(expect.objectContaining({ uri }))
      expect((await client.readResource({ uri })).contents).toEqual([{ uri, text: 'Water the plants' }])
    })

    it('hears of progress before the result', async () => {
      const heard: number[] = []
      const texts = ['one', 'two', 'three']
      const result = await callTool(client, 'import-notes', { texts }, ({ progress }) => heard.push(progress))
      expect(heard).toEqual([1, 2, 3])
      expect(textOf(result)).toBe('Saved 3 notes')
    })
  })

  it('tells who listens of a change that another client makes', async () => {
    const listener = await connectModern(example.url)
    const heard = vi.fn()
    listener.setNotificationHandler('notifications/resources/list_changed', heard)
    await listener.listen({ resourcesListChanged: true })
    const writer = await officialClients['1.x']!(example.url)
    await callTool(writer, 'add-note', { text: 'Tell everyone' })
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1), 5000)
    await Promise.all([listener.close(), writer.close()])
  })

  it.each([
    ['2026-07-28', 'complete'],
    ['2025-era', undefined],
  ])('prints a curl for %s that saves a note', async (era, resultType) => {
    const [, command] = await example.prints(new RegExp(`^${era}:\\n(curl[\\s\\S]*?}')\\n`, 'm'))
    const { result } = await runCommand(command!)
    expect(result.content[0].text).toMatch(/^Saved note:\/\/\d+: Try Portico$/)
    expect(result.resultType).toBe(resultType)
  })

  it('serves no page that found its way to this machine', async () => {
    const response = await fetch(example.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://evil.example.com' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { data: { option: 'allowedOrigins' } } })
  })

  if (!stopsGracefully) return

  it('lets listeners go when it is told to stop, and ends with code 0', async () => {
    const listener = await connectModern(example.url)
    const { closed } = await listener.listen({ resourcesListChanged: true })
    expect(await Promise.all([closed, example.stop()])).toEqual(['graceful', 0])
    await listener.close()
  })
}
