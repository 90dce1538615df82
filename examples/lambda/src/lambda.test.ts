import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  callTool,
  connectModern,
  describeNotes,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe('the notes on Lambda', () => describeNotes('lambda'))

describe('the notes on Lambda, buffered', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('lambda', { INVOKE_MODE: 'BUFFERED' })
  })
  afterAll(() => example?.stop())

  it.each(Object.entries(officialClients))('serve the official client %s', async (_, connect) => {
    const client = await connect(example.url)
    const imported = await callTool(client, 'import-notes', { texts: ['one', 'two'] })
    expect(textOf(imported)).toBe('Saved 2 notes')
    await client.close()
  })

  it('tell a client that listens that it cannot', async () => {
    const client = await connectModern(example.url)
    await expect(client.listen({ resourcesListChanged: true })).rejects.toThrow(
      'Answers are not streamed here',
    )
    await client.close()
  })

  it.each(['2026-07-28', '2025-era'])('print a curl for %s that is answered in JSON', async (era) => {
    const [, command] = await example.prints(new RegExp(`^${era}:\\n(curl[\\s\\S]*?}')\\n`, 'm'))
    expect((await runCommand(command!)).result.content[0].text).toMatch(/^Saved note:\/\/\d+: Try Portico$/)
  })
})

it('measures a cold start, as installed and bundled', async () => {
  const script = fileURLToPath(new URL('../dist/cold-start.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, RUNS: '1' },
  })
  const figures = /: [\d.]+ ms to load, [\d.]+ ms for the first call, [\d.]+ ms for the second/.source
  expect(stdout).toMatch(new RegExp(`^as installed${figures}\nbundled by esbuild${figures}\n`))
}, 60_000)
