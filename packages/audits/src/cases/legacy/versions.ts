import { type Audit, must, should } from '../../audit.ts'
import { expect, expectStatus, getResult, isObject } from '../../expect.ts'

export const versions: Audit[] = [
  ...['2025-03-26', '2025-06-18', '2025-11-25'].map((version) =>
    must(`legacy/versions/${version}`, 'B7.1', `takes the version header ${version}`, async (client) => {
      getResult(await client.legacy('ping', undefined, { version }))
    }),
  ),
  should('legacy/versions/missing', 'B7.2', 'serves a client without a version header', async (client) => {
    const headers = { 'mcp-protocol-version': undefined }
    getResult(await client.legacy('ping', undefined, { version: '2025-03-26', headers }))
  }),
  must('legacy/versions/unknown', 'B7.3', 'answers 400 to a version that there is not', async (client) => {
    const headers = { 'mcp-protocol-version': '1999-12-31' }
    expectStatus(await client.legacy('ping', undefined, { headers }), 400)
  }),
  must('legacy/versions/nonsense', 'B7.3', 'answers 400 to what is no version', async (client) => {
    const headers = { 'mcp-protocol-version': 'latest' }
    expectStatus(await client.legacy('ping', undefined, { headers }), 400)
  }),
  must(
    'legacy/versions/nonsense-notification',
    'B7.3',
    'answers 400 to a notification of no version',
    async (client) => {
      const body = { jsonrpc: '2.0', method: 'notifications/initialized' }
      expectStatus(await client.postLegacy(body, { headers: { 'mcp-protocol-version': 'latest' } }), 400)
    },
  ),
  should('legacy/versions/error', 'B10', 'says in JSON-RPC that a version is not served', async (client) => {
    const headers = { 'mcp-protocol-version': 'latest' }
    const { messages, text } = await client.legacy('ping', undefined, { headers })
    expect(isObject(messages[0]?.error), 'a JSON-RPC error', text)
  }),
]
