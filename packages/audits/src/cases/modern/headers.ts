import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { getError } from '../../expect.ts'
import { type Changes, PROTOCOL_VERSION_KEY } from '../../protocol.ts'

function mismatch(
  id: `modern/${string}/${string}`,
  section: string,
  title: string,
  headers: Changes<string>,
  method = 'tools/list',
): Audit {
  return must(id, section, title, async (client) => {
    getError(await client.modern(method, {}, { headers }), 400, -32020)
  })
}

export const headers: Audit[] = [
  mismatch('modern/headers/missing-version', 'A4.1', 'refuses a request without MCP-Protocol-Version', {
    'mcp-protocol-version': undefined,
  }),
  mismatch(
    'modern/headers/other-version',
    'A4.1',
    'refuses a version header that the body does not confirm',
    {
      'mcp-protocol-version': '2025-11-25',
    },
  ),
  mismatch('modern/headers/garbage-version', 'A4.4', 'refuses a version header that is no version', {
    'mcp-protocol-version': 'latest',
  }),
  mismatch('modern/headers/repeated-version', 'A4.4', 'refuses a version header that names two versions', {
    'mcp-protocol-version': '2026-07-28, 2026-07-28',
  }),
  must(
    'modern/headers/mismatch-first',
    'A4.1',
    'calls a version that only the body names a mismatch, not unsupported',
    async (client) => {
      const meta = { [PROTOCOL_VERSION_KEY]: 'v999.0.0' }
      getError(await client.modern('tools/list', {}, { meta }), 400, -32020)
    },
  ),
  mismatch('modern/headers/missing-method', 'A4.2', 'refuses a request without Mcp-Method', {
    'mcp-method': undefined,
  }),
  mismatch('modern/headers/other-method', 'A4.2', 'refuses an Mcp-Method that the body does not confirm', {
    'mcp-method': 'tools/call',
  }),
  mismatch('modern/headers/method-case', 'A4.5', 'compares Mcp-Method case-sensitively', {
    'mcp-method': 'TOOLS/LIST',
  }),
  mismatch('modern/headers/repeated-method', 'A4.4', 'refuses an Mcp-Method that names two methods', {
    'mcp-method': 'tools/list, tools/list',
  }),
  mismatch('modern/headers/empty-method', 'A4.4', 'refuses an empty Mcp-Method', { 'mcp-method': '' }),
  mismatch(
    'modern/headers/method-sentinel',
    'A4.6',
    'does not decode Mcp-Method: only names and parameters may be encoded',
    { 'mcp-method': '=?base64?dG9vbHMvbGlzdA==?=' },
  ),
  mismatch(
    'modern/headers/method-of-discover',
    'A6.7',
    'asks for the same headers on server/discover',
    { 'mcp-method': undefined },
    'server/discover',
  ),
  mismatch(
    'modern/headers/method-of-listen',
    'A4.2',
    'refuses subscriptions/listen before it streams',
    { 'mcp-method': 'tools/list' },
    'subscriptions/listen',
  ),
  mismatch(
    'modern/headers/method-of-unknown',
    'A4.2',
    'checks Mcp-Method of a method that it does not know too',
    { 'mcp-method': 'tools/list' },
    'audit/unknown',
  ),
  should(
    'modern/headers/error-when-streaming',
    'A8.8',
    'answers a mismatch with 400 to one that takes streams only',
    async (client) => {
      getError(await streaming(client, { 'mcp-method': undefined }), 400, -32020)
    },
  ),
]

function streaming(client: Client, headers: Changes<string>): ReturnType<Client['modern']> {
  return client.modern('tools/list', {}, { headers: { accept: 'text/event-stream', ...headers } })
}
