import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, expectNoStack, getError, isObject } from '../../expect.ts'
import { needPrompt, needResource, needTemplate } from '../../offers.ts'
import type { Json, Message } from '../../reply.ts'

const ALLOWED: readonly number[] = [-32020, -32021, -32022]

const REMOVED: [slug: string, method: string, params: Json][] = [
  ['ping', 'ping', {}],
  ['set-level', 'logging/setLevel', { level: 'info' }],
  ['subscribe', 'resources/subscribe', { uri: 'audit://watched' }],
  ['unsubscribe', 'resources/unsubscribe', { uri: 'audit://watched' }],
  ['tasks-list', 'tasks/list', {}],
  ['tasks-result', 'tasks/result', { taskId: 'audit' }],
]

/** Reads a resource whose reader throws an error with a code. */
async function thrown(client: Client, code: number): Promise<NonNullable<Message['error']>> {
  await needTemplate(client, 'modern', 'audit://throws/{code}')
  const reply = await client.modern('resources/read', { uri: `audit://throws/${code}` })
  const error = reply.messages.at(-1)?.error
  expect(isObject(error), 'an error', reply.text)
  return error as NonNullable<Message['error']>
}

async function expectAllowed(client: Client, code: number): Promise<void> {
  const { code: sent } = await thrown(client, code)
  const isReserved = sent <= -32000 && sent >= -32099 && !ALLOWED.includes(sent)
  expect(!isReserved, 'no code of a reserved band', sent)
}

function expectNoInternals(text: string): void {
  expect(!text.includes('audit-internals'), 'no internals', text)
  expectNoStack(text)
}

export const errors: Audit[] = [
  ...REMOVED.map(([slug, method, params]) =>
    must(`modern/removed/${slug}`, 'A17.1', `answers 404 to ${method}, which was removed`, async (client) => {
      getError(await client.modern(method, params), 404, -32601)
    }),
  ),
  must(
    'modern/errors/unknown-method',
    'A7.5',
    'answers 404 to a method that there is not',
    async (client) => {
      getError(await client.modern('audit/unknown'), 404, -32601)
    },
  ),
  must(
    'modern/errors/inherited-method',
    'A7.5',
    'takes no name that every object has for a method',
    async (client) => {
      for (const method of ['constructor', 'toString', '__proto__'])
        getError(await client.modern(method), 404, -32601)
    },
  ),
  must('modern/errors/empty-method', 'A7.5', 'refuses a method without a name', async (client) => {
    const { status, messages } = await client.modern('')
    expect(status >= 400 && status < 500 && isObject(messages[0]?.error), 'HTTP 4xx with an error', status)
  }),
  should(
    'modern/errors/unknown-when-streaming',
    'A8.8',
    'answers 404 to a method that there is not, to one that takes streams only',
    async (client) => {
      getError(
        await client.modern('audit/unknown', {}, { headers: { accept: 'text/event-stream' } }),
        404,
        -32601,
      )
    },
  ),
  must('modern/errors/frozen-codes', 'A7.2', 'sends no code between -32000 and -32019', async (client) => {
    await expectAllowed(client, -32000)
    await expectAllowed(client, -32001)
  }),
  must('modern/errors/retired-codes', 'A7.3', 'sends neither -32002 nor -32042', async (client) => {
    await expectAllowed(client, -32002)
    await expectAllowed(client, -32042)
  }),
  must(
    'modern/errors/reserved-codes',
    'A7.1',
    'sends no code of the reserved band that has no meaning',
    async (client) => {
      await expectAllowed(client, -32023)
      await expectAllowed(client, -32099)
    },
  ),
  should(
    'modern/errors/broken-resource',
    'A7.5',
    'answers what broke inside a resource with an error, without its stack',
    async (client) => {
      await needResource(client, 'modern', 'audit://broken')
      const reply = await client.modern('resources/read', { uri: 'audit://broken' })
      getError(reply, [200, 500], -32603)
      expectNoStack(reply.text)
    },
  ),
  should(
    'modern/errors/broken-prompt',
    'A7.5',
    'answers what broke inside a prompt with an error, without its stack',
    async (client) => {
      await needPrompt(client, 'modern', 'audit_broken')
      const reply = await client.modern('prompts/get', { name: 'audit_broken' })
      getError(reply, [200, 500], -32603)
      expectNoStack(reply.text)
    },
  ),
  must('modern/errors/shape', 'A7.5', 'gives every error an integer code and a message', async (client) => {
    const replies = [
      await client.modern('audit/unknown'),
      await client.modern('tools/call', { name: 'audit_no_such_tool' }),
      await client.modern('server/discover', {}, { headers: { 'mcp-method': undefined } }),
      await client.post([]),
    ]
    for (const { messages, text } of replies) {
      const error = messages[0]?.error
      expect(
        isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string',
        'an error',
        text,
      )
      expectEqual('result' in (messages[0] ?? {}), false, 'a result beside the error')
      expectNoInternals(text)
    }
  }),
]
