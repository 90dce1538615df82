import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import {
  expect,
  expectEqual,
  expectStatus,
  getError,
  getResult,
  getText,
  getToolResult,
} from '../../expect.ts'
import { modernHeaders } from '../../protocol.ts'
import type { Json, Reply } from '../../reply.ts'

const METHOD = 'server/discover'

function raw(client: Client, body: string | Uint8Array<ArrayBuffer>): Promise<Reply> {
  return client.send({ method: 'POST', headers: modernHeaders(METHOD), body })
}

/** Posts a good request with some members changed. */
function altered(client: Client, changes: Json): Promise<Reply> {
  const { init } = client.modernInit(METHOD, {}, {})
  return client.post({ ...JSON.parse(init.body as string), ...changes }, modernHeaders(METHOD))
}

function refuses(
  id: `modern/${string}/${string}`,
  title: string,
  send: (client: Client) => Promise<Reply>,
): Audit {
  return must(id, 'A2.4', title, async (client) => {
    getError(await send(client), 400, -32600)
  })
}

function unparsable(
  id: `modern/${string}/${string}`,
  title: string,
  body: string | Uint8Array<ArrayBuffer>,
): Audit {
  return must(id, 'A1.1', title, async (client) => {
    getError(await raw(client, body), 400, -32700)
  })
}

function echoes(id: `modern/${string}/${string}`, title: string, value: unknown): Audit {
  // the reader compares the id of the answer, type and all
  return must(id, 'A1.2', title, async (client) => {
    getResult(await client.modern(METHOD, {}, { id: value }))
  })
}

const SPECIAL = 'Zürich 🙂 "quoted" \\ line\nreturn\r\ttab\u2028separator\u0000nul'

export const jsonRpc: Audit[] = [
  unparsable('modern/json-rpc/not-json', 'answers -32700 to a body that is no JSON', '{"jsonrpc": '),
  unparsable('modern/json-rpc/empty-body', 'answers -32700 to an empty body', ''),
  unparsable(
    'modern/json-rpc/not-utf-8',
    'answers -32700 to bytes that are no UTF-8',
    new Uint8Array([0x22, 0xc3, 0x28, 0xff, 0x22]),
  ),
  should(
    'modern/json-rpc/parse-error-id',
    'A1.4',
    'leaves the id out of an answer to what it could not read',
    async (client) => {
      const reply = await raw(client, '{')
      expectStatus(reply, 400)
      expect(reply.messages[0] !== undefined && !('id' in reply.messages[0]), 'no id', reply.text)
    },
  ),
  refuses('modern/json-rpc/number-body', 'refuses a body that is a number', (client) => raw(client, '42')),
  refuses('modern/json-rpc/null-body', 'refuses a body that is null', (client) => raw(client, 'null')),
  refuses('modern/json-rpc/empty-object', 'refuses an object that is no message', (client) =>
    raw(client, '{}'),
  ),
  refuses('modern/json-rpc/no-jsonrpc', 'refuses a message without jsonrpc', (client) =>
    altered(client, { jsonrpc: undefined }),
  ),
  refuses('modern/json-rpc/other-jsonrpc', 'refuses a message of another JSON-RPC', (client) =>
    altered(client, { jsonrpc: '1.0' }),
  ),
  refuses('modern/json-rpc/method-type', 'refuses a method that is no string', (client) =>
    altered(client, { method: 42 }),
  ),
  refuses(
    'modern/json-rpc/null-id',
    'refuses the id null, rather than take it for a notification',
    (client) => altered(client, { id: null }),
  ),
  refuses('modern/json-rpc/fraction-id', 'refuses an id that is a fraction', (client) =>
    altered(client, { id: 1.5 }),
  ),
  refuses('modern/json-rpc/object-id', 'refuses an id that is an object', (client) =>
    altered(client, { id: {} }),
  ),
  refuses('modern/json-rpc/response', 'refuses a response: the client never posts one', (client) =>
    client.post({ jsonrpc: '2.0', id: 1, result: {} }, modernHeaders(METHOD)),
  ),
  refuses('modern/json-rpc/batch', 'refuses a batch', async (client) => {
    const { init } = client.modernInit(METHOD, {}, {})
    return raw(client, `[${init.body}]`)
  }),
  refuses('modern/json-rpc/empty-batch', 'refuses an empty batch', (client) => raw(client, '[]')),
  must('modern/json-rpc/params-array', 'A2.4', 'refuses params that are an array', async (client) => {
    getError(await altered(client, { params: [] }), 400, [-32600, -32602])
  }),
  echoes('modern/json-rpc/string-id', 'keeps an id that is a string of digits a string', '7'),
  echoes('modern/json-rpc/empty-string-id', 'echoes the id ""', ''),
  echoes('modern/json-rpc/zero-id', 'echoes the id 0', 0),
  echoes('modern/json-rpc/negative-id', 'echoes a negative id', -7),
  echoes('modern/json-rpc/largest-id', 'echoes the largest safe integer', Number.MAX_SAFE_INTEGER),
  echoes('modern/json-rpc/unicode-id', 'echoes an id beyond ASCII', 'größe-🙂'),
  must('modern/json-rpc/error-id', 'A1.3', 'echoes the id in an error', async (client) => {
    getError(await client.modern('audit/unknown', {}, { id: 'audit-7' }), 404, -32601)
    getError(await client.modern(METHOD, {}, { id: 0, headers: { 'mcp-method': undefined } }), 400, -32020)
  }),
  must(
    'modern/json-rpc/same-id',
    'A1.2',
    'answers two clients that use the same id at once, each its own',
    async (client) => {
      const texts = ['first', 'second']
      const replies = await Promise.all(
        texts.map((text) => callTool(client, 'audit_echo', { text }, { id: 1 })),
      )
      expectEqual(
        replies.map((reply) => getText(getToolResult(reply))),
        texts,
        'the answers',
      )
    },
  ),
  must('modern/json-rpc/unicode', 'A1.1', 'carries every character of a text both ways', async (client) => {
    expectEqual(
      getText(getToolResult(await callTool(client, 'audit_echo', { text: SPECIAL }))),
      SPECIAL,
      'the text',
    )
  }),
  should(
    'modern/json-rpc/extra-members',
    'A2.4',
    'ignores members that JSON-RPC does not know',
    async (client) => {
      getResult(await altered(client, { id: 1, audit: true }))
    },
  ),
  should(
    'modern/json-rpc/deep',
    'A1.12',
    'survives arguments that are nested very deeply',
    async (client) => {
      const { init } = client.modernInit(METHOD, { deep: 'DEEP' }, {})
      const deep = '['.repeat(5000) + ']'.repeat(5000)
      const { status } = await raw(client, (init.body as string).replace('"DEEP"', deep))
      expect(status < 500, 'HTTP below 500', status)
      getResult(await client.modern(METHOD))
    },
  ),
]
