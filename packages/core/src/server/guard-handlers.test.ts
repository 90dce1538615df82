import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { ask, legacy, modern, post } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'

describe.each(CLASSES)('what a handler throws in a server of %s', (_, Class) => {
  const throwing = (thrown: unknown, onerror = vi.fn()) =>
    createMcpHandler(
      factoryOf((server) => {
        server.server.fallbackRequestHandler = async () => {
          throw thrown
        }
      }, Class),
      { onerror },
    )

  it('is answered where a method of its own fails', async () => {
    const thrown = Object.assign(new Error('No such clock'), { code: -32001, data: { clock: 'x' } })
    const { error } = await ask(throwing(thrown), legacy('clock/now'))
    expect(error).toMatchObject({ code: -32001, message: 'No such clock', data: { clock: 'x' } })
  })

  it('is answered without data that JSON cannot express', async () => {
    const thrown = Object.assign(new Error('Too large'), { code: -32001, data: 10n })
    const { error } = await ask(throwing(thrown), legacy('clock/now'))
    expect(error).toMatchObject({ code: -32001, message: 'Too large' })
    expect(error).not.toHaveProperty('data')
  })

  it.each([
    ['a message that is no text', { code: -32001, message: 7, data: [1] }, { message: '7', data: [1] }],
    ['null', null, { code: -32603, message: 'Internal error' }],
    ['no error', 'a string', { code: -32603 }],
  ])('is answered where it is %s', async (_, thrown, expected) => {
    expect((await ask(throwing(thrown), legacy('clock/now'))).error).toMatchObject(expected)
  })

  it('is a result where the method of its own answers', async () => {
    const handler = createMcpHandler(
      factoryOf((server) => {
        server.server.fallbackRequestHandler = async ({ method }) => ({ asked: method })
      }, Class),
    )
    expect((await ask(handler, legacy('clock/now'))).result).toEqual({ asked: 'clock/now' })
  })

  it('is reported where it comes from a handler of notifications', async () => {
    const onerror = vi.fn()
    const heard = vi.fn(async () => {
      throw 'no error'
    })
    const handler = createMcpHandler(
      factoryOf((server) => {
        server.server.fallbackNotificationHandler = heard
      }, Class),
      { onerror },
    )
    const notification = { jsonrpc: '2.0', method: 'notifications/clock' }
    expect((await handler.fetch(post(notification))).status).toBe(202)
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
  })

  it('is an internal error where it has no text', async () => {
    const thrown = {
      toString() {
        throw new Error('not a text')
      },
    }
    const handler = createMcpHandler(
      factoryOf((server) => {
        server.registerTool('run', {}, async () => {
          throw thrown
        })
      }, Class),
      { onerror() {} },
    )
    for (const request of [
      modern('tools/call', { params: { name: 'run' } }),
      legacy('tools/call', { name: 'run' }),
    ])
      expect((await ask(handler, request)).error.code).toBe(-32603)
  })

  it.each([
    ['no code', new Error('broken'), { code: -32603, message: 'broken' }],
    ['a code', Object.assign(new Error('broken'), { code: -32005 }), { code: -32005, message: 'broken' }],
    ['no message', {}, { code: -32603, message: 'Internal error' }],
    ['nothing', undefined, { code: -32603, message: 'Internal error' }],
  ])('is answered where making an error of a tool fails with %s', async (_, thrown, expected) => {
    const handler = createMcpHandler(
      factoryOf((server) => {
        Object.assign(server, {
          createToolError() {
            throw thrown
          },
        })
        server.registerTool('run', {}, async () => {
          throw new Error('first')
        })
      }, Class),
      { onerror() {} },
    )
    expect((await ask(handler, legacy('tools/call', { name: 'run' }))).error).toEqual(expected)
  })

  it('is an error where a tool with an output schema answers without structured content', async () => {
    const handler = createMcpHandler(
      factoryOf((server) => {
        server.registerTool('run', { outputSchema: {} }, async () => ({
          content: [{ type: 'text', text: 'plain' }],
        }))
      }, Class),
    )
    const { result } = await ask(handler, modern('tools/call', { params: { name: 'run' } }))
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain('no structured content was provided')
  })

  it.each([
    ['an error of its own', 'Broken: ', 9000],
    ['a validation error', 'Input validation error: ', 5000],
  ])('is bounded in length only where it is a validation error: %s', async (_, start, most) => {
    const thrown = Object.assign(new Error(start + 'x'.repeat(8000)), { code: -32602, data: { kept: true } })
    const { error } = await ask(throwing(thrown), legacy('clock/now'))
    expect(error).toMatchObject({ code: -32602, data: { kept: true } })
    expect(error.message.length).toBeLessThan(most)
    expect(error.message.length > 8000).toBe(most > 8000)
  })
})
