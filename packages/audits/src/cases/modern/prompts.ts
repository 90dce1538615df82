import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getError, getResult, isObject } from '../../expect.ts'
import { needCapability, needPrompt, needTemplate } from '../../offers.ts'
import { at, type Json, type Reply } from '../../reply.ts'

const TEMPLATE = 'audit://item/{id}'

async function complete(client: Client, ref: Json, argument: unknown): Promise<Reply> {
  await needTemplate(client, 'modern', TEMPLATE)
  return client.modern('completion/complete', { ref, argument })
}

const ITEM = { type: 'ref/resource', uri: TEMPLATE }

export const prompts: Audit[] = [
  should(
    'modern/prompts/unknown',
    'A14.10',
    'answers -32602 to a prompt that there is not',
    async (client) => {
      await needCapability(client, 'modern', 'prompts')
      getError(await client.modern('prompts/get', { name: 'audit_no_such_prompt' }), [200, 400], -32602)
    },
  ),
  should(
    'modern/prompts/inherited-name',
    'A14.10',
    'takes no name that every object has for a prompt',
    async (client) => {
      await needCapability(client, 'modern', 'prompts')
      for (const name of ['constructor', '__proto__'])
        getError(await client.modern('prompts/get', { name }), [200, 400], -32602)
    },
  ),
  should(
    'modern/prompts/missing-argument',
    'A14.10',
    'answers -32602 to a prompt without a required argument',
    async (client) => {
      await needPrompt(client, 'modern', 'audit_greet')
      getError(await client.modern('prompts/get', { name: 'audit_greet', arguments: {} }), [200, 400], -32602)
    },
  ),
  must('modern/prompts/get', 'A14.10', 'fills a prompt with its arguments', async (client) => {
    await needPrompt(client, 'modern', 'audit_greet')
    const { messages } = getResult(
      await client.modern('prompts/get', { name: 'audit_greet', arguments: { name: 'Ada' } }),
    )
    expectEqual(at(messages, 0, 'content', 'text'), 'Greet Ada', 'the text')
  }),
  must('modern/completion/values', 'A14.11', 'completes at most 100 values', async (client) => {
    const { completion } = getResult(await complete(client, ITEM, { name: 'id', value: '4' }))
    const values = isObject(completion) ? completion.values : undefined
    expect(Array.isArray(values) && values.length > 0, 'values', completion)
    expect(values.length <= 100 && values[0] === '40', 'at most 100 values that begin with 4', values.length)
  }),
  must(
    'modern/completion/unknown-ref',
    'A14.11',
    'answers -32602 to completion of what there is not',
    async (client) => {
      const ref = { type: 'ref/prompt', name: 'audit_no_such_prompt' }
      getError(await complete(client, ref, { name: 'a', value: '' }), [200, 400], -32602)
    },
  ),
  must(
    'modern/completion/invalid',
    'A14.11',
    'answers -32602 to completion without an argument',
    async (client) => {
      getError(await complete(client, ITEM, undefined), [200, 400], -32602)
    },
  ),
]
