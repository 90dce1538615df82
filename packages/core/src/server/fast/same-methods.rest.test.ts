import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../../handler.ts'
import { legacy, modern } from '../../testing/requests.ts'
import { McpServer } from './mcp-server.ts'

type Anything = any
type Log = string[]

const info = { name: 's', version: '1' }
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

const sdk = SdkMcpServer.prototype
const server = Server.prototype
const protocol = Object.getPrototypeOf(server) as object

const methodsOf = (prototype: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name)

/** Everything that the SDK's classes have, as this version of the SDK has it. */
const METHODS = {
  McpServer: methodsOf(sdk),
  Server: methodsOf(server),
  Protocol: methodsOf(protocol),
}
const FIELDS = Object.keys(new SdkMcpServer(info))
const INNER_FIELDS = Object.keys(new SdkMcpServer(info).server)

/** What a standard server is asked. */
const REQUESTS: [method: string, params: Record<string, unknown>][] = [
  ['tools/list', {}],
  ['tools/call', { name: 'fits', arguments: { a: 'x' } }],
  ['tools/call', { name: 'fits', arguments: { a: 1 } }],
  ['tools/call', { name: 'throws' }],
  ['tools/call', { name: 'out' }],
  ['tools/call', { name: 'none' }],
  ['prompts/get', { name: 'p' }],
  ['resources/read', { uri: 'a://b' }],
  ['ping', {}],
]

function register(target: SdkMcpServer): void {
  target.registerTool('fits', { inputSchema: { a: z.string() } }, async ({ a }) => said(a))
  target.registerTool('throws', {}, async () => {
    throw new Error('It broke')
  })
  target.registerTool('out', { outputSchema: { a: z.string() } }, async () => ({
    ...said('out'),
    structuredContent: { a: 'x' },
  }))
  target.tool('older', async () => said('older'))
  target.registerPrompt('p', {}, async () => ({ messages: [] }))
  target.registerResource('r', 'a://b', {}, async () => ({ contents: [] }))
}

async function ask(build: () => SdkMcpServer, leg: string): Promise<Anything[]> {
  if (leg === 'memory') return askInMemory(build())
  const handler = createMcpHandler(build, { onerror: () => {} })
  const answers: Anything[] = []
  for (const [method, params] of REQUESTS) {
    if (leg === '2026-07-28' && method === 'ping') continue
    const request = leg === '2026-07-28' ? modern(method, { params }) : legacy(method, params)
    answers.push(parsed(await (await handler.fetch(request)).text()))
  }
  return answers
}

/** The messages of an answer, whether it is JSON or a stream. */
const parsed = (text: string): Anything[] =>
  text
    .split('\n')
    .flatMap((line) => (/^(data: )?\{/.test(line) ? [JSON.parse(line.replace(/^data: /, ''))] : []))

async function askInMemory(target: SdkMcpServer): Promise<Anything[]> {
  const [client, transport] = InMemoryTransport.createLinkedPair()
  await target.connect(transport)
  const answers: Anything[] = []
  await client.start()
  for (const [id, [method, params]] of REQUESTS.entries()) {
    const answer = new Promise((resolve) => {
      client.onmessage = resolve
    })
    await client.send({ jsonrpc: '2.0', id, method, params })
    answers.push(await answer)
  }
  await target.close()
  return answers
}

const undo: (() => void)[] = []
afterEach(() => {
  for (const restore of undo.splice(0)) restore()
})

/** Puts a method that records in the place of one; the tests of both classes end with the same record. */
function record(holder: Anything, name: string, log: Log): void {
  const own = Object.getOwnPropertyDescriptor(holder, name)
  const original = holder[name]
  holder[name] = function (this: unknown, ...args: unknown[]) {
    if (!args.some(isAskedByPortico)) log.push(`${name}(${args.map(shown)})`)
    return original.apply(this, args)
  }
  undo.push(() => {
    if (own) Object.defineProperty(holder, name, own)
    else delete holder[name]
  })
}

/** Portico asks a server of the SDK's class for its list, to see which arguments are mirrored into headers. */
const isAskedByPortico = (value: Anything): boolean =>
  value?.method === 'tools/list' && typeof value.id === 'string'

function shown(value: unknown): string {
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return String(value)
  return value.constructor === Object ? `{${Object.keys(value)}}` : value.constructor?.name
}

/** The answers and the record of both classes. */
async function ofBoth(leg: string, prepare: (Class: typeof SdkMcpServer, log: Log) => () => SdkMcpServer) {
  const outcomes: { answers: Anything[]; log: Log }[] = []
  for (const Class of [McpServer, SdkMcpServer]) {
    const log: Log = []
    const answers = await ask(prepare(Class, log), leg)
    outcomes.push({ answers, log })
    for (const restore of undo.splice(0)) restore()
  }
  return outcomes
}

const LEGS = ['2026-07-28', '2025-11-25', 'memory']

describe.each(LEGS)("both McpServer classes in %s, where a method of the SDK's is replaced", (leg) => {
  const ofEach = (names: string[]) => it.each(names.map((name) => [name]))

  ofEach(METHODS.McpServer)('%s of an instance', async (name) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => () => {
      const target = new Class(info)
      record(target, name, log)
      register(target)
      return target
    })
    expect(ours).toEqual(theirs)
  })

  ofEach(METHODS.McpServer)('%s of an instance that has its tools', async (name) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => () => {
      const target = new Class(info, { capabilities: { tools: {} } })
      register(target)
      record(target, name, log)
      return target
    })
    expect(ours).toEqual(theirs)
  })

  ofEach(METHODS.McpServer)('%s of a subclass', async (name) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => {
      class Sub extends Class {}
      record(Sub.prototype, name, log)
      return () => {
        const target = new Sub(info, { capabilities: { tools: {} } })
        register(target)
        return target
      }
    })
    expect(ours).toEqual(theirs)
  })

  it.each([
    ...METHODS.McpServer.map((name) => ['McpServer', name, sdk] as const),
    ...METHODS.Server.map((name) => ['Server', name, server] as const),
    ...METHODS.Protocol.map((name) => ['Protocol', name, protocol] as const),
  ])('of the prototype of %s: %s', async (_, name, prototype) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => {
      record(prototype, name, log)
      return () => {
        const target = new Class(info)
        register(target)
        return target
      }
    })
    expect(ours!.answers).toEqual(theirs!.answers)
    expect(counts(ours!.log)).toEqual(counts(theirs!.log))
  })

  ofEach([...METHODS.Server, ...METHODS.Protocol])('%s of the inner server', async (name) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => () => {
      const target = new Class(info)
      record(target.server, name, log)
      register(target)
      return target
    })
    expect(ours).toEqual(theirs)
  })
})

function counts(log: Log): Map<string, number> {
  const sum = new Map<string, number>()
  for (const line of log) sum.set(line, (sum.get(line) ?? 0) + 1)
  return sum
}

describe.each(LEGS)('both McpServer classes in %s, where a member is watched', (leg) => {
  it.each([
    ...FIELDS.map((name) => [name, (target: SdkMcpServer) => target as Anything] as const),
    ...INNER_FIELDS.map((name) => [name, (target: SdkMcpServer) => target.server as Anything] as const),
  ])('%s', async (name, holderOf) => {
    const [ours, theirs] = await ofBoth(leg, (Class, log) => () => {
      const target = new Class(info, { capabilities: { tools: {} } })
      const holder = holderOf(target)
      let value = holder[name]
      Object.defineProperty(holder, name, {
        configurable: true,
        enumerable: true,
        get() {
          log.push('read')
          return value
        },
        set(next) {
          log.push('write')
          value = next
        },
      })
      register(target)
      return target
    })
    // Portico's class guards its server wherever it is connected, the SDK's where Portico serves it
    if (leg === 'memory' && name === '_notificationHandlers') theirs!.log = ours!.log
    const isRun = (line: string, index: number, log: Log) => line !== log[index - 1]
    expect(ours!.answers).toEqual(theirs!.answers)
    expect(ours!.log.filter(isRun)).toEqual(theirs!.log.filter(isRun))
  })
})

describe('the members of both McpServer classes', () => {
  it('are the same to whoever lists, spreads, looks for or describes them', () => {
    const keysOf = (Class: typeof SdkMcpServer) => {
      const target = new Class(info)
      register(target)
      return [
        Object.keys(target),
        Object.keys({ ...target }),
        FIELDS.filter((name) => name in new Class(info)),
        FIELDS.filter((name) => Object.hasOwn(new Class(info), name)),
      ]
    }
    expect(keysOf(McpServer)).toEqual(keysOf(SdkMcpServer))
  })
})
