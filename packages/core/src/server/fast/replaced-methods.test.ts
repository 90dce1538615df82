import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../../handler.ts'
import { ask, legacy, modern, post } from '../../testing/requests.ts'
import { CLASSES } from '../../testing/server.ts'

const info = { name: 's', version: '1' }
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })
const denied = async (): Promise<never> => {
  throw new Error('not allowed')
}

type Anything = any

/** Calls the tool `x` of a server in each era. */
const eras: [string, (server: () => SdkMcpServer) => Promise<Anything>][] = [
  ['2026-07-28', (build) => ask(createMcpHandler(build), modern('tools/call', { params: { name: 'x' } }))],
  ['2025-11-25 stateless', (build) => ask(createMcpHandler(build), legacy('tools/call', { name: 'x' }))],
  ['memory', callInMemory],
]

async function callInMemory(build: () => SdkMcpServer): Promise<Anything> {
  const [client, transport] = InMemoryTransport.createLinkedPair()
  await build().connect(transport)
  const answer = new Promise((resolve) => {
    client.onmessage = resolve
  })
  await client.start()
  await client.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } })
  return answer
}

/** Ways to forbid the tool `x`, which would answer `ran`. */
const FORBIDDING: Record<string, (Class: typeof SdkMcpServer, options: object) => SdkMcpServer> = {
  'assigned before registration': (Class, options) => {
    const server = new Class(info, options)
    Object.assign(server, { executeToolHandler: denied })
    return withTool(server)
  },
  'assigned after registration': (Class, options) =>
    Object.assign(withTool(new Class(info, options)), { executeToolHandler: denied }),
  'a check of arguments': (Class, options) =>
    Object.assign(withTool(new Class(info, options)), { validateToolInput: denied }),
  'defined as a property': (Class, options) =>
    Object.defineProperty(withTool(new Class(info, options)), 'executeToolHandler', { value: denied }),
  'defined as an accessor': (Class, options) =>
    Object.defineProperty(withTool(new Class(info, options)), 'executeToolHandler', { get: () => denied }),
  'a method of a subclass': (Class, options) => {
    class Guarded extends Class {}
    Object.assign(Guarded.prototype, { executeToolHandler: denied })
    return withTool(new Guarded(info, options))
  },
  'a method of a subclass that is frozen': (Class, options) => {
    class Guarded extends Class {}
    Object.assign(Guarded.prototype, { executeToolHandler: denied })
    Object.freeze(Guarded.prototype)
    return withTool(new Guarded(info, options))
  },
  'a method of the instance of a subclass that is frozen': (Class, options) => {
    class Guarded extends Class {}
    Object.freeze(Guarded.prototype)
    withTool(new Guarded(info, options))
    return Object.assign(withTool(new Guarded(info, options)), { executeToolHandler: denied })
  },
  'a method of a subclass of one that is frozen': (Class, options) => {
    class Frozen extends Class {}
    Object.freeze(Frozen.prototype)
    withTool(new Frozen(info, options))
    class Guarded extends Frozen {}
    Object.defineProperty(Guarded.prototype, 'executeToolHandler', { value: denied })
    return withTool(new Guarded(info, options))
  },
  'a getter of a subclass': (Class, options) => {
    class Guarded extends Class {}
    Object.defineProperty(Guarded.prototype, 'executeToolHandler', { get: () => denied })
    return withTool(new Guarded(info, options))
  },
  'a field of a subclass': (Class, options) => {
    class Guarded extends Class {
      constructor() {
        super(info, options)
        Object.assign(this, { executeToolHandler: denied })
      }
    }
    return withTool(new Guarded())
  },
  'a handler of its own': (Class, options) => {
    class Guarded extends Class {}
    Object.assign(Guarded.prototype, {
      setToolRequestHandlers(this: Anything) {
        this.server.registerCapabilities({ tools: {} })
        this.server.setRequestHandler(CallToolRequestSchema, () => said('not allowed'))
      },
    })
    return withTool(new Guarded(info, options))
  },
  'a proxy that it was registered through': (Class) =>
    withTool(
      // the SDK closes over the server that declares its tools first
      new Proxy(new Class(info), {
        get: (target, key, receiver) =>
          key === 'executeToolHandler' ? denied : Reflect.get(target, key, receiver),
      }),
    ),
  'a server in front of the inner one': (Class, options) => {
    const server = withTool(new Class(info, options))
    return new Proxy(server, {
      get(target, key, receiver) {
        if (key !== 'connect') return Reflect.get(target, key, receiver)
        return (transport: Anything) => {
          Object.assign(target, { executeToolHandler: denied })
          return target.connect(transport)
        }
      },
    })
  },
  'another prototype': (Class, options) => {
    const server = withTool(new Class(info, options))
    const prototype = Object.create(Object.getPrototypeOf(server), { executeToolHandler: { value: denied } })
    return Object.setPrototypeOf(server, prototype)
  },
  'a patched prototype': (Class, options) => {
    patch(SdkMcpServer.prototype, 'executeToolHandler', denied)
    return withTool(new Class(info, options))
  },
  'a prototype that is patched once it is registered': (Class, options) => {
    const server = withTool(new Class(info, options))
    patch(SdkMcpServer.prototype, 'executeToolHandler', denied)
    return server
  },
  'a prototype of the class itself': (Class, options) => {
    const server = withTool(new Class(info, options))
    patch(Class.prototype, 'executeToolHandler', denied)
    return server
  },
  'a patched protocol': (Class, options) => {
    patch(Object.getPrototypeOf(Server.prototype), '_onrequest', function (this: Anything, { id }: Anything) {
      void this.transport.send({ jsonrpc: '2.0', id, error: { code: -32001, message: 'not allowed' } })
    })
    return withTool(new Class(info, options))
  },
}

function withTool(server: SdkMcpServer): SdkMcpServer {
  server.registerTool('x', {}, async () => said('ran'))
  return server
}

function patch(prototype: object, name: string, method: unknown): void {
  const own = Object.getOwnPropertyDescriptor(prototype, name)
  Object.defineProperty(prototype, name, { configurable: true, writable: true, value: method })
  onTestFinished(() => {
    if (own) Object.defineProperty(prototype, name, own)
    else delete (prototype as Record<string, unknown>)[name]
  })
}

describe.each(CLASSES)('%s', (_, Class) => {
  describe.each(eras)('in %s', (era, callX) => {
    it.each(Object.keys(FORBIDDING))('never runs a tool that is forbidden by %s', async (way) => {
      for (const options of [{}, { capabilities: { tools: {} } }]) {
        const answer = await callX(() => FORBIDDING[way]!(Class, options))
        expect(JSON.stringify(answer)).not.toContain('ran')
        if (way !== 'a patched protocol' || era === 'memory') {
          expect(JSON.stringify(answer)).toContain('not allowed')
        }
      }
    })

    it('makes the errors of tools as it is told', async () => {
      const { result } = await callX(() => {
        const server = new Class(info)
        Object.assign(server, {
          createToolError: (why: string) => ({ ...said(`hidden: ${why.length}`), isError: true }),
        })
        server.registerTool('x', {}, denied)
        return server
      })
      expect(result).toMatchObject({ isError: true, content: [{ text: 'hidden: 11' }] })
    })

    it('is checked by what takes the place of a check while the tool runs', async () => {
      const { result } = await callX(() => {
        const server = new Class(info)
        server.registerTool('x', { outputSchema: { a: z.string() } }, async () => {
          Object.assign(server, { validateToolOutput: denied })
          return { ...said('ran'), structuredContent: { a: 'fits' } }
        })
        return server
      })
      expect(result).toMatchObject({ isError: true, content: [{ text: 'not allowed' }] })
    })
  })

  it('is checked by what another tool puts in place of a check', async () => {
    const handler = createMcpHandler(() => {
      const server = new Class(info)
      server.registerTool('set', {}, async () => {
        Object.assign(server, { executeToolHandler: denied })
        return said('set')
      })
      return withTool(server)
    })
    const calls = ['set', 'x'].map((name, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name },
    }))
    const headers = { 'mcp-protocol-version': '2025-03-26', accept: 'application/json' }
    const answers = await ask(handler, post(calls, headers))
    const textOf = (id: number) => answers.find((answer: Anything) => answer.id === id).result.content[0].text
    expect([textOf(0), textOf(1)]).toEqual(['set', 'not allowed'])
  })
})
