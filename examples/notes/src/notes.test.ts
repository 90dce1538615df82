import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const example = spawn(process.execPath, [main], { env: { ...process.env, PORT: '0' } })
let printed = ''

beforeAll(async () => {
  for await (const chunk of example.stdout) {
    printed += chunk
    if (/2025-era:[\s\S]*}'\n/.test(printed)) break
  }
})
afterAll(() => void example.kill('SIGKILL'))

const command = (era: string) =>
  printed.slice(printed.indexOf(`${era}:\n`) + era.length + 2).split('\n\n')[0]!

describe('the notes example', () => {
  it('prints its URL', () => {
    expect(printed).toMatch(/^Notes at http:\/\/127\.0\.0\.1:\d+\/mcp\n/)
  })

  it.each([
    ['2026-07-28', 'complete'],
    ['2025-era', undefined],
  ])('prints a curl for %s that saves a note', async (era, resultType) => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command(era)])
    const { result } = JSON.parse(stdout)
    expect(result.content[0].text).toMatch(/^Saved note:\/\/\d: Try Portico$/)
    expect(result.resultType).toBe(resultType)
  })

  it('keeps notes, finds them, and shows them as resources', async () => {
    const saved = command('2025-era')
    const run = async (body: object) => {
      const { stdout } = await promisify(execFile)('sh', [
        '-c',
        saved.replace(/-d '.*'/, `-d '${JSON.stringify({ jsonrpc: '2.0', id: 1, ...body })}'`),
      ])
      return JSON.parse(stdout).result
    }
    const found = await run({
      method: 'tools/call',
      params: { name: 'find-notes', arguments: { query: 'Portico' } },
    })
    expect(found.content[0].text).toContain('note://1: Try Portico')
    const { resources } = await run({ method: 'resources/list' })
    expect(resources[0]).toMatchObject({ uri: 'note://1' })
    const { contents } = await run({ method: 'resources/read', params: { uri: 'note://1' } })
    expect(contents).toEqual([{ uri: 'note://1', text: 'Try Portico' }])
  })

  it('serves no page that found its way to this machine', async () => {
    const foreign = command('2025-era').replace(
      'curl -sS',
      "curl -sS -H 'Host: evil.example.com' -H 'Origin: http://evil.example.com'",
    )
    const { stdout } = await promisify(execFile)('sh', ['-c', foreign])
    expect(JSON.parse(stdout).error.data).toMatchObject({ option: 'allowedHosts' })
  })

  it('stops when it is told to, with code 0', async () => {
    example.kill('SIGTERM')
    expect(await once(example, 'exit')).toEqual([0, null])
  })
})
