import { type Audit, must } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expectEqual, getError, getResult, getText, getToolResult } from '../../expect.ts'
import { base64, sentinel } from '../../header-value.ts'
import { needPrompt, needResource, needTool } from '../../offers.ts'
import { at, type Json, type Reply } from '../../reply.ts'

type Id = `modern/names/${string}`

/** Calls the echo tool under a name header. */
async function named(client: Client, name: string | undefined): Promise<Reply> {
  await needTool(client, 'modern', 'audit_echo')
  const params = { name: 'audit_echo', arguments: { text: 'named' } }
  return client.modern('tools/call', params, { headers: { 'mcp-name': name } })
}

function takes(id: Id, section: string, title: string, name: string): Audit {
  return must(id, section, title, async (client) => {
    expectEqual(getText(getToolResult(await named(client, name))), 'named', 'the text')
  })
}

function refuses(id: Id, section: string, title: string, name: string | undefined): Audit {
  return must(id, section, title, async (client) => {
    getError(await named(client, name), 400, -32020)
  })
}

function refusesFor(id: Id, title: string, method: string, params: Json, name: string | undefined): Audit {
  return must(id, 'A4.3', title, async (client) => {
    if (method === 'prompts/get') await needPrompt(client, 'modern', 'audit_greet')
    else await needResource(client, 'modern', 'audit://text')
    getError(await client.modern(method, params, { headers: { 'mcp-name': name } }), 400, -32020)
  })
}

const PROMPT = { name: 'audit_greet', arguments: { name: 'Ada' } }
const RESOURCE = { uri: 'audit://text' }
const ENCODED = base64(new TextEncoder().encode('audit_echo'))

export const names: Audit[] = [
  refuses('modern/names/tool-missing', 'A4.3', 'refuses a tool call without Mcp-Name', undefined),
  refuses(
    'modern/names/tool-other',
    'A4.3',
    'refuses a tool call whose Mcp-Name is another tool',
    'audit_sum',
  ),
  refuses('modern/names/tool-case', 'A4.5', 'compares Mcp-Name case-sensitively', 'AUDIT_ECHO'),
  refuses(
    'modern/names/tool-repeated',
    'A4.4',
    'refuses an Mcp-Name with two names',
    'audit_echo, audit_echo',
  ),
  refusesFor(
    'modern/names/prompt-missing',
    'refuses a prompt without Mcp-Name',
    'prompts/get',
    PROMPT,
    undefined,
  ),
  refusesFor(
    'modern/names/prompt-other',
    'refuses a prompt whose Mcp-Name is another',
    'prompts/get',
    PROMPT,
    'x',
  ),
  refusesFor(
    'modern/names/resource-missing',
    'refuses a resource without Mcp-Name',
    'resources/read',
    RESOURCE,
    undefined,
  ),
  refusesFor(
    'modern/names/resource-other',
    'refuses a resource whose Mcp-Name is another URI',
    'resources/read',
    RESOURCE,
    'audit://watched',
  ),
  takes('modern/names/base64', 'A4.6', 'decodes a name in the base64 sentinel', sentinel('audit_echo')),
  must('modern/names/base64-unicode', 'A4.6', 'decodes a name beyond ASCII', async (client) => {
    await needPrompt(client, 'modern', 'audit_grüße')
    const { messages } = getResult(await client.modern('prompts/get', { name: 'audit_grüße' }))
    expectEqual(at(messages, 0, 'content', 'text'), 'Grüße', 'the text')
  }),
  refuses('modern/names/base64-other', 'A4.6', 'compares a name after decoding it', sentinel('audit_sum')),
  refuses('modern/names/base64-bare', 'A4.6', 'takes base64 without the sentinel literally', ENCODED),
  refuses(
    'modern/names/base64-case',
    'A4.6',
    'takes a sentinel in another case literally',
    `=?BASE64?${ENCODED}?=`,
  ),
  refuses(
    'modern/names/base64-open',
    'A4.6',
    'takes a sentinel that does not end literally',
    `=?base64?${ENCODED}`,
  ),
  refuses(
    'modern/names/base64-padding',
    'A4.7',
    'refuses base64 without its padding',
    `=?base64?${ENCODED.replaceAll('=', '')}?=`,
  ),
  refuses(
    'modern/names/base64-alphabet',
    'A4.7',
    'refuses characters that are not base64',
    '=?base64?YXVk!XRf?=',
  ),
  refuses('modern/names/base64-url-alphabet', 'A4.7', 'refuses the URL-safe alphabet', '=?base64?-_-_?='),
  refuses('modern/names/base64-not-utf-8', 'A4.7', 'refuses base64 of what is no UTF-8', '=?base64?w/8=?='),
  refuses(
    'modern/names/base64-spaces',
    'A4.8',
    'trims no space that is inside the sentinel',
    sentinel(' audit_echo '),
  ),
  must('modern/names/only-in-header', 'A4.4', 'refuses a name that only the header has', async (client) => {
    const reply = await client.modern(
      'tools/call',
      { arguments: {} },
      { headers: { 'mcp-name': 'audit_echo' } },
    )
    getError(reply, 400, -32020)
  }),
  must(
    'modern/names/nowhere',
    'A14.6',
    'calls a request that names nothing at all invalid params',
    async (client) => {
      getError(await client.modern('tools/call', { arguments: {} }), [200, 400], -32602)
    },
  ),
]
