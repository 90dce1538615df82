import { type Audit, must, should } from '../../audit.ts'
import { callLegacyTool } from '../../call.ts'
import {
  expect,
  expectEqual,
  expectNoStack,
  getError,
  getResult,
  getText,
  getToolResult,
  isObject,
} from '../../expect.ts'
import { needCapability, needPrompt, needResource, needTemplate, readList } from '../../offers.ts'
import { at } from '../../reply.ts'

const MODERN_FIELDS = ['resultType', 'ttlMs', 'cacheScope']

export const features: Audit[] = [
  must('legacy/features/ping', 'B1.6', 'answers a ping with an empty result', async (client) => {
    expectEqual(getResult(await client.legacy('ping')), {}, 'the result')
  }),
  must(
    'legacy/features/set-level',
    'B1.5',
    'answers logging/setLevel with an empty result',
    async (client) => {
      await needCapability(client, 'legacy', 'logging')
      expectEqual(getResult(await client.legacy('logging/setLevel', { level: 'warning' })), {}, 'the result')
    },
  ),
  must('legacy/features/tools', 'B1.5', 'lists tools with input schemas', async (client) => {
    await needCapability(client, 'legacy', 'tools')
    const tools = await readList(client, 'legacy', 'tools')
    for (const tool of tools)
      expectEqual(at(tool, 'inputSchema', 'type'), 'object', `the schema of ${tool.name}`)
  }),
  must('legacy/features/tool', 'B1.5', 'calls a tool', async (client) => {
    expectEqual(
      getText(getToolResult(await callLegacyTool(client, 'audit_echo', { text: 'hi' }))),
      'hi',
      'the text',
    )
  }),
  must('legacy/features/structured-content', 'B1.5', 'gives structured content', async (client) => {
    const result = getToolResult(await callLegacyTool(client, 'audit_sum', { a: 1, b: 2 }))
    expectEqual(result.structuredContent, { sum: 3 }, 'structuredContent')
  }),
  must('legacy/features/tool-failure', 'B1.5', 'reports a tool that failed in its result', async (client) => {
    expectEqual(getResult(await callLegacyTool(client, 'audit_fail')).isError, true, 'isError')
  }),
  must('legacy/features/unknown-tool', 'B1.5', 'reports a tool that there is not', async (client) => {
    await needCapability(client, 'legacy', 'tools')
    const reply = await client.legacy('tools/call', { name: 'audit_no_such_tool', arguments: {} })
    const [message] = reply.messages
    expect(message?.error?.code === -32602 || message?.result?.isError === true, 'a failure', reply.text)
  }),
  must('legacy/features/prompts', 'B1.5', 'lists and fills prompts', async (client) => {
    await needPrompt(client, 'legacy', 'audit_greet')
    const params = { name: 'audit_greet', arguments: { name: 'Ada' } }
    const { messages } = getResult(await client.legacy('prompts/get', params))
    expectEqual(at(messages, 0, 'content', 'text'), 'Greet Ada', 'the text')
  }),
  must(
    'legacy/features/unknown-prompt',
    'B1.5',
    'answers -32602 to a prompt that there is not',
    async (client) => {
      await needCapability(client, 'legacy', 'prompts')
      getError(await client.legacy('prompts/get', { name: 'audit_no_such_prompt' }), 200, -32602)
    },
  ),
  must('legacy/features/resources', 'B1.5', 'lists and reads resources', async (client) => {
    await needResource(client, 'legacy', 'audit://text')
    const { contents } = getResult(await client.legacy('resources/read', { uri: 'audit://text' }))
    expectEqual(at(contents, 0, 'text'), 'Grüße aus der Prüfung', 'the text')
  }),
  must('legacy/features/templates', 'B1.5', 'lists and reads resources of templates', async (client) => {
    await needTemplate(client, 'legacy', 'audit://item/{id}')
    const { contents } = getResult(await client.legacy('resources/read', { uri: 'audit://item/7' }))
    expectEqual(at(contents, 0, 'text'), 'item 7', 'the text')
  }),
  should(
    'legacy/features/missing-resource',
    'E',
    'answers -32002 or -32602 to a resource that there is not',
    async (client) => {
      await needCapability(client, 'legacy', 'resources')
      getError(
        await client.legacy('resources/read', { uri: 'audit://no-such-resource' }),
        200,
        [-32002, -32602],
      )
    },
  ),
  must(
    'legacy/features/subscribe',
    'E',
    'takes subscriptions to resources, where it declares them',
    async (client) => {
      await needCapability(client, 'legacy', 'resources', 'subscribe')
      await needResource(client, 'legacy', 'audit://watched')
      const params = { uri: 'audit://watched' }
      expectEqual(getResult(await client.legacy('resources/subscribe', params)), {}, 'the result')
      expectEqual(getResult(await client.legacy('resources/unsubscribe', params)), {}, 'the result')
    },
  ),
  must('legacy/features/completion', 'B1.5', 'completes at most 100 values', async (client) => {
    await needTemplate(client, 'legacy', 'audit://item/{id}')
    const ref = { type: 'ref/resource', uri: 'audit://item/{id}' }
    const params = { ref, argument: { name: 'id', value: '4' } }
    const { completion } = getResult(await client.legacy('completion/complete', params))
    const values = isObject(completion) ? completion.values : undefined
    expect(Array.isArray(values) && values.length > 0 && values.length <= 100, '1 to 100 values', completion)
  }),
  must(
    'legacy/features/unknown-method',
    'B10',
    'answers -32601 in HTTP 200 to a method that there is not',
    async (client) => {
      getError(await client.legacy('audit/unknown'), 200, -32601)
    },
  ),
  should(
    'legacy/features/invalid-params',
    'B10',
    'answers -32602 in HTTP 200 to params that do not fit',
    async (client) => {
      await needCapability(client, 'legacy', 'tools')
      getError(await client.legacy('tools/call', { name: 42 }), 200, -32602)
    },
  ),
  must('legacy/features/no-modern-fields', 'E', 'puts nothing of 2026-07-28 into results', async (client) => {
    await needResource(client, 'legacy', 'audit://text')
    const results = [
      getResult(await callLegacyTool(client, 'audit_echo')),
      getResult(await client.legacy('tools/list')),
      getResult(await client.legacy('resources/list')),
      getResult(await client.legacy('resources/read', { uri: 'audit://text' })),
    ]
    for (const result of results) {
      for (const key of MODERN_FIELDS) expect(!(key in result), `no ${key}`, result)
      expectEqual(at(result, '_meta', 'io.modelcontextprotocol/serverInfo'), undefined, 'serverInfo in _meta')
    }
  }),
  should(
    'legacy/features/broken-resource',
    'A7.5',
    'answers what broke inside a resource with an error, without its stack',
    async (client) => {
      await needResource(client, 'legacy', 'audit://broken')
      const reply = await client.legacy('resources/read', { uri: 'audit://broken' })
      getError(reply, [200, 500], -32603)
      expectNoStack(reply.text)
    },
  ),
  should(
    'legacy/features/broken-prompt',
    'A7.5',
    'answers what broke inside a prompt with an error, without its stack',
    async (client) => {
      await needPrompt(client, 'legacy', 'audit_broken')
      const reply = await client.legacy('prompts/get', { name: 'audit_broken' })
      getError(reply, [200, 500], -32603)
      expectNoStack(reply.text)
    },
  ),
]
