import { type Audit, must, should } from '../../audit.ts'
import { getError, getResult } from '../../expect.ts'
import {
  type Changes,
  CLIENT_CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  LOG_LEVEL_KEY,
  modernHeaders,
  PROTOCOL_VERSION_KEY,
} from '../../protocol.ts'

type Id = `modern/envelope/${string}`

function refuses(id: Id, section: string, title: string, meta: Changes, method = 'tools/list'): Audit {
  return must(id, section, title, async (client) => {
    getError(await client.modern(method, {}, { meta }), 400, -32602)
  })
}

function takes(id: Id, section: string, title: string, meta: Changes): Audit {
  return must(id, section, title, async (client) => {
    getResult(await client.modern('server/discover', {}, { meta }))
  })
}

export const envelope: Audit[] = [
  must('modern/envelope/no-params', 'A3.1', 'refuses a request without params', async (client) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'server/discover' }
    getError(await client.post(body, modernHeaders('server/discover')), 400, -32602)
  }),
  must('modern/envelope/no-meta', 'A3.1', 'refuses params without _meta', async (client) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'server/discover', params: {} }
    getError(await client.post(body, modernHeaders('server/discover')), 400, -32602)
  }),
  must('modern/envelope/meta-type', 'A3.1', 'refuses a _meta that is no object', async (client) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: 'none' } }
    getError(await client.post(body, modernHeaders('server/discover')), 400, -32602)
  }),
  refuses('modern/envelope/missing-protocol-version', 'A3.1', 'refuses an envelope without protocolVersion', {
    [PROTOCOL_VERSION_KEY]: undefined,
  }),
  refuses('modern/envelope/protocol-version-type', 'A3.1', 'refuses a protocolVersion that is no string', {
    [PROTOCOL_VERSION_KEY]: 20260728,
  }),
  refuses('modern/envelope/missing-capabilities', 'A3.1', 'refuses an envelope without clientCapabilities', {
    [CLIENT_CAPABILITIES_KEY]: undefined,
  }),
  refuses('modern/envelope/null-capabilities', 'A3.1', 'refuses clientCapabilities that are null', {
    [CLIENT_CAPABILITIES_KEY]: null,
  }),
  refuses('modern/envelope/capabilities-type', 'A3.1', 'refuses clientCapabilities that are an array', {
    [CLIENT_CAPABILITIES_KEY]: [],
  }),
  refuses(
    'modern/envelope/of-discover',
    'A3.1',
    'asks server/discover for its envelope too',
    { [CLIENT_CAPABILITIES_KEY]: undefined },
    'server/discover',
  ),
  refuses(
    'modern/envelope/of-listen',
    'A3.1',
    'asks subscriptions/listen for its envelope too',
    { [CLIENT_CAPABILITIES_KEY]: undefined },
    'subscriptions/listen',
  ),
  takes('modern/envelope/no-client-info', 'A3.2', 'serves a client that does not say who it is', {
    [CLIENT_INFO_KEY]: undefined,
  }),
  refuses('modern/envelope/client-info-type', 'A3.2', 'refuses a clientInfo that is no object', {
    [CLIENT_INFO_KEY]: 'audits',
  }),
  refuses('modern/envelope/client-info-version', 'A3.2', 'refuses a clientInfo without version', {
    [CLIENT_INFO_KEY]: { name: 'audits' },
  }),
  refuses('modern/envelope/unknown-log-level', 'A15.4', 'refuses a log level that there is not', {
    [LOG_LEVEL_KEY]: 'verbose',
  }),
  refuses('modern/envelope/log-level-case', 'A15.4', 'compares log levels case-sensitively', {
    [LOG_LEVEL_KEY]: 'DEBUG',
  }),
  refuses('modern/envelope/log-level-type', 'A15.4', 'refuses a log level that is no string', {
    [LOG_LEVEL_KEY]: 7,
  }),
  refuses('modern/envelope/progress-token-type', 'A3.5', 'refuses a progress token that is an object', {
    progressToken: {},
  }),
  takes('modern/envelope/unknown-keys', 'A1.13', 'ignores keys that it does not know', {
    'com.example/audit': { deep: [1] },
    audit: true,
  }),
  takes('modern/envelope/unknown-capabilities', 'A3.1', 'ignores capabilities that it does not know', {
    [CLIENT_CAPABILITIES_KEY]: { audit: {}, extensions: { 'com.example/audit': {} } },
  }),
  takes('modern/envelope/trace-context', 'A15.5', 'takes W3C trace context', {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=value',
    baggage: 'key=value',
  }),
  should('modern/envelope/names-key', 'A7.5', 'says in words which key is missing', async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: undefined }
    const { message } = getError(await client.modern('tools/list', {}, { meta }), 400, -32602)
    if (!message.includes('clientCapabilities'))
      throw new Error(`expected clientCapabilities to be named: ${message}`)
  }),
]
