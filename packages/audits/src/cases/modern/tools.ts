import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import { expect, expectEqual, getError, getResult, getText, getToolResult } from '../../expect.ts'
import { needCapability, needTool, readList } from '../../offers.ts'
import { at } from '../../reply.ts'

export const tools: Audit[] = [
  must('modern/tools/unknown', 'A14.6', 'answers -32602 to a tool that there is not', async (client) => {
    await needCapability(client, 'modern', 'tools')
    getError(
      await client.modern('tools/call', { name: 'audit_no_such_tool', arguments: {} }),
      [200, 400],
      -32602,
    )
  }),
  must(
    'modern/tools/inherited-name',
    'A14.6',
    'takes no name that every object has for a tool',
    async (client) => {
      await needCapability(client, 'modern', 'tools')
      for (const name of ['constructor', 'toString', '__proto__'])
        getError(await client.modern('tools/call', { name, arguments: {} }), [200, 400], -32602)
    },
  ),
  must('modern/tools/failure', 'A14.6', 'reports a tool that failed in its result', async (client) => {
    const result = getResult(await callTool(client, 'audit_fail'))
    expectEqual(result.isError, true, 'isError')
  }),
  must(
    'modern/tools/invalid-arguments',
    'A14.6',
    'reports arguments that do not fit in the result',
    async (client) => {
      const result = getResult(await callTool(client, 'audit_sum', { a: 'one' }))
      expectEqual(result.isError, true, 'isError')
    },
  ),
  should('modern/tools/no-arguments', 'A14.6', 'calls a tool without arguments', async (client) => {
    await needTool(client, 'modern', 'audit_echo')
    getToolResult(await client.modern('tools/call', { name: 'audit_echo' }))
  }),
  must(
    'modern/tools/structured-content',
    'A14.5',
    'gives structured content that fits its schema',
    async (client) => {
      const result = getToolResult(await callTool(client, 'audit_sum', { a: 1, b: 2 }))
      expectEqual(result.structuredContent, { sum: 3 }, 'structuredContent')
    },
  ),
  should('modern/tools/structured-text', 'A14.5', 'gives structured content as text too', async (client) => {
    const result = getToolResult(await callTool(client, 'audit_sum', { a: 1, b: 2 }))
    expectEqual(JSON.parse(getText(result)), result.structuredContent, 'the text')
  }),
  must(
    'modern/tools/input-schemas',
    'A14.5',
    'lists input schemas that are objects at the root',
    async (client) => {
      await needCapability(client, 'modern', 'tools')
      for (const tool of await readList(client, 'modern', 'tools'))
        expectEqual(at(tool, 'inputSchema', 'type'), 'object', `the input schema of ${tool.name}`)
    },
  ),
  should('modern/tools/names', 'A14.4', 'lists names that every client can spell', async (client) => {
    await needCapability(client, 'modern', 'tools')
    for (const { name } of await readList(client, 'modern', 'tools'))
      expect(/^[A-Za-z0-9_.-]{1,128}$/.test(name), 'up to 128 of A-Z a-z 0-9 _ . -', name)
  }),
  must('modern/tools/unique-names', 'A14.4', 'lists every name once', async (client) => {
    await needCapability(client, 'modern', 'tools')
    const names = (await readList(client, 'modern', 'tools')).map(({ name }) => name)
    expectEqual(new Set(names).size, names.length, 'the number of names')
  }),
  should('modern/tools/order', 'A14.3', 'lists tools in the same order every time', async (client) => {
    await needCapability(client, 'modern', 'tools')
    const [first, second] = await Promise.all([client.modern('tools/list'), client.modern('tools/list')])
    expectEqual(getResult(first).tools, getResult(second).tools, 'the second list')
  }),
  should(
    'modern/tools/no-execution',
    'E',
    'lists tools without the task support of 2025-11-25',
    async (client) => {
      await needCapability(client, 'modern', 'tools')
      for (const tool of await readList(client, 'modern', 'tools'))
        expect(!('execution' in tool), 'no execution', tool)
    },
  ),
  must('modern/tools/task-param', 'A18.10', 'ignores the task param of 2025-11-25', async (client) => {
    await needTool(client, 'modern', 'audit_echo')
    const params = { name: 'audit_echo', arguments: { text: 'now' }, task: { ttl: 60000 } }
    expectEqual(getText(getToolResult(await client.modern('tools/call', params))), 'now', 'the text')
  }),
]
