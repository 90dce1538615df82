import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, JSONRPCRequest, Result } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { Refusal, toRefusal } from '../http/errors.ts'
import type { LegacyTransport } from '../legacy/extension-point.ts'
import { createServerExtra } from '../server/request-scope.ts'
import { accept } from '../testing/client.ts'
import { ask, legacy } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'
import type { ServerRequest } from './client-requests.ts'
import { acceptedContent, inputRequired } from './input-required.ts'
import { once } from './once.ts'
import { inputResponses, requestState } from './request-context.ts'

/** Serves one request a server, and has an asker stand for the client. */
const asking = (answer: (question: ServerRequest) => Promise<Result>): LegacyTransport => ({
  create: (host) => ({
    async fetch(request, { parsedBody }) {
      const context = { era: 'legacy', requestInfo: request } as const
      const server = await host.createServer(context)
      const message = parsedBody as JSONRPCRequest
      const extra = createServerExtra(context)
      const reply = await new Promise<JSONRPCMessage>((resolve, reject) => {
        const transport: Transport = {
          start: async () => transport.onmessage?.(message, extra),
          close: async () => {},
          send: async (sent) => {
            host
              .fulfill(sent, extra, answer)
              .then((again) => (again ? transport.onmessage?.(message, extra) : resolve(sent)), reject)
          },
        }
        void server.connect(transport)
      }).catch((error) => ({
        jsonrpc: '2.0',
        id: message.id,
        error: { ...toRefusal(error), message: error.message },
      }))
      return Response.json(reply)
    },
  }),
})

const requestedSchema = { type: 'object' as const, properties: {} }
const said = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

describe.each(CLASSES)('for a 2025-era client that can be asked, with %s', (_, Class) => {
  const serve = (
    register: Parameters<typeof factoryOf>[0],
    answer: (question: ServerRequest) => Promise<Result>,
    maxRounds?: number,
  ) => createMcpHandler(factoryOf(register, Class), { legacy: asking(answer), requestState: { maxRounds } })

  it('a returned inputRequired is sent as requests, and the handler gets the answers', async () => {
    const answer = vi.fn(async (_: ServerRequest) => accept({ ok: true }) as Result)
    const work = vi.fn(() => 1)
    const handler = serve((mcp) => {
      mcp.registerTool('two', {}, async (extra) => {
        await once(extra, 'work', work)
        if (requestState(extra) === 'done') return said(acceptedContent(inputResponses(extra), 'url'))
        const form = inputRequired.elicit({ message: 'Sure?', requestedSchema })
        const url = inputRequired.elicitUrl({ message: 'Open', url: 'https://a.test/' })
        const first = inputResponses(extra) === undefined
        return first
          ? inputRequired({ inputRequests: { form } })
          : inputRequired({ inputRequests: { url }, requestState: 'done' })
      })
    }, answer)
    expect((await ask(handler, legacy('tools/call', { name: 'two' }))).result).toMatchObject(
      said({ ok: true }),
    )
    expect(answer.mock.calls).toMatchObject([
      [{ method: 'elicitation/create', params: { mode: 'form', message: 'Sure?' } }],
      [{ method: 'elicitation/create', params: { mode: 'url', elicitationId: expect.any(String) } }],
    ])
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('what cannot be asked ends the call', async () => {
    const handler = serve(
      (mcp) =>
        mcp.registerTool('roots', {}, async () =>
          inputRequired({ inputRequests: { roots: inputRequired.listRoots() } }),
        ),
      async () => {
        throw new Refusal('no-back-channel', 'Nobody there')
      },
    )
    expect((await ask(handler, legacy('tools/call', { name: 'roots' }))).error).toMatchObject({
      message: 'Nobody there',
    })
  })

  it('rounds are bounded', async () => {
    const answer = vi.fn(async () => accept() as Result)
    const handler = serve(
      (mcp) => mcp.registerTool('more', {}, async () => inputRequired({ requestState: 'more' })),
      answer,
      3,
    )
    expect((await ask(handler, legacy('tools/call', { name: 'more' }))).error).toMatchObject({
      reason: 'too-many-rounds',
    })
  })
})
