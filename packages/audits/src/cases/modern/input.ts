import { type Audit, must } from '../../audit.ts'
import { callTool, openTool } from '../../call.ts'
import { expect, expectEqual, getError, getResult, isObject } from '../../expect.ts'
import { CLIENT_CAPABILITIES_KEY } from '../../protocol.ts'
import { at, type Json } from '../../reply.ts'

type Id = `modern/input/${string}`

/** A tool that cannot do without a capability that the client does not declare. */
function needs(id: Id, title: string, what: string, declared: Json, required: Json): Audit {
  return must(id, 'A3.6', title, async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: declared }
    const { data } = getError(await callTool(client, 'audit_ask', { what }, { meta }), 400, -32021)
    expectEqual(data?.requiredCapabilities, required, 'data.requiredCapabilities')
  })
}

const METHODS: readonly unknown[] = ['elicitation/create', 'sampling/createMessage', 'roots/list']
const ALL = { sampling: { tools: {} }, elicitation: { form: {}, url: {} }, roots: {} }

export const input: Audit[] = [
  needs(
    'modern/input/sampling',
    'refuses what needs sampling to a client without',
    'sampling',
    {},
    { sampling: {} },
  ),
  needs(
    'modern/input/sampling-tools',
    'refuses what needs sampling with tools to a client with plain sampling',
    'sampling-tools',
    { sampling: {} },
    { sampling: { tools: {} } },
  ),
  needs(
    'modern/input/elicitation',
    'refuses what needs a form to a client without elicitation',
    'elicitation',
    { sampling: {} },
    { elicitation: {} },
  ),
  needs(
    'modern/input/url-elicitation',
    'refuses what needs a URL opened to a client that has forms only',
    'url-elicitation',
    { elicitation: {} },
    { elicitation: { url: {} } },
  ),
  needs('modern/input/roots', 'refuses what needs roots to a client without', 'roots', {}, { roots: {} }),
  must('modern/input/not-remembered', 'A1.7', 'forgets what an earlier request declared', async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
    getResult(await callTool(client, 'audit_ask', { what: 'sampling' }, { meta }))
    getError(await callTool(client, 'audit_ask', { what: 'sampling' }), 400, -32021)
  }),
  must(
    'modern/input/no-requests',
    'A1.6',
    'sends no request to a client that declares everything',
    async (client) => {
      const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
      for (const what of ['sampling', 'elicitation', 'url-elicitation', 'roots']) {
        const { messages } = await callTool(client, 'audit_ask', { what }, { meta })
        for (const message of messages)
          expect(!('method' in message && 'id' in message), 'no request', message)
        expect(at(messages.at(-1), 'result') !== undefined, `an answer about ${what}`, messages)
      }
    },
  ),
  must('modern/input/no-requests-in-stream', 'A8.3', 'sends no request on a stream', async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
    const headers = { accept: 'text/event-stream' }
    const stream = await openTool(client, 'audit_ask', { what: 'elicitation' }, { meta, headers })
    for (let message = await stream.next(); message; message = await stream.next())
      expect(!('method' in message && 'id' in message), 'no request', message)
  }),
  must('modern/input/interim', 'A11.3', 'asks for input in an interim result', async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
    const result = getResult(await callTool(client, 'audit_interim', {}, { meta }))
    expectEqual(result.resultType, 'input_required', 'resultType')
    expect('inputRequests' in result || 'requestState' in result, 'inputRequests or requestState', result)
  }),
  must('modern/input/interim-requests', 'A11.4', 'asks with bare method and params', async (client) => {
    const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
    const { inputRequests } = getResult(await callTool(client, 'audit_interim', {}, { meta }))
    expect(isObject(inputRequests), 'inputRequests', inputRequests)
    for (const request of Object.values(inputRequests)) {
      expect(METHODS.includes(at(request, 'method')), 'a method that a client can answer', request)
      expect(
        isObject(request) && !('id' in request) && !('jsonrpc' in request),
        'no id and no jsonrpc',
        request,
      )
    }
  }),
  must(
    'modern/input/interim-undeclared',
    'A11.5',
    'asks a client for nothing that it did not declare',
    async (client) => {
      const { messages } = await callTool(client, 'audit_interim')
      const requests = at(messages.at(-1), 'result', 'inputRequests') ?? {}
      const methods = Object.values(requests as Json).map((request) => at(request, 'method'))
      expectEqual(methods, [], 'the input requests of a client that declares nothing')
    },
  ),
  must(
    'modern/input/interim-caching',
    'A11.12',
    'puts no caching hints on an interim result',
    async (client) => {
      const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
      const result = getResult(await callTool(client, 'audit_interim', {}, { meta }))
      expect(!('ttlMs' in result) && !('cacheScope' in result), 'no ttlMs and no cacheScope', result)
    },
  ),
]
