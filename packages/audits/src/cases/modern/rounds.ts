import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { errorOf, expect, expectEqual, isObject, resultOf, textOf, toolResultOf } from '../../expect.ts'
import { needPrompt, needTemplate, needTool } from '../../offers.ts'
import { CLIENT_CAPABILITIES_KEY } from '../../protocol.ts'
import { at, type Json, type Reply } from '../../reply.ts'

const ALL = { sampling: { tools: {} }, elicitation: { form: {}, url: {} }, roots: {} }
const meta = { [CLIENT_CAPABILITIES_KEY]: ALL }
const ROOTS = { roots: [{ uri: 'file:///audit', name: 'audit' }] }
const WRITTEN = { role: 'assistant', model: 'audit', content: { type: 'text', text: 'Hello.' } }

type Requests = Record<string, Json>

/** A result that asks for input, and what it asks. */
function interimOf(reply: Reply): { requests: Requests; requestState: unknown } {
  const { resultType, inputRequests, requestState } = resultOf(reply)
  expectEqual(resultType, 'input_required', 'resultType')
  expect(isObject(inputRequests), 'inputRequests', inputRequests)
  return { requests: inputRequests as Requests, requestState }
}

const messageOf = (request: Json): unknown => at(request, 'params', 'message')
const accepted = (request: Json): Json => ({ action: 'accept', content: { which: messageOf(request) } })

function responsesTo(requests: Requests, answer: (request: Json) => unknown = accepted): Json {
  return Object.fromEntries(Object.entries(requests).map(([key, request]) => [key, answer(request)]))
}

type Retry = (more?: Json) => Promise<Reply>

async function asking(client: Client, name: string, args: Json): Promise<Retry> {
  await needTool(client, 'modern', name)
  return (more = {}) => client.modern('tools/call', { name, arguments: args, ...more }, { meta })
}

/** One question of each kind, and its answer. */
function carries(what: string, method: string, answer: Json): Audit {
  const title = `asks a client by a result, and takes its answer (${what})`
  return must(`modern/rounds/${what}`, 'A11.1', title, async (client) => {
    const call = await asking(client, 'audit_ask', { what })
    const { requests, requestState } = interimOf(await call())
    expectEqual(
      Object.values(requests).map((request) => request.method),
      [method],
      'what is asked',
    )
    const inputResponses = responsesTo(requests, () => answer)
    const text = textOf(toolResultOf(await call({ inputResponses, requestState })))
    expectEqual(JSON.parse(text), answer, 'the answer that the tool got')
  })
}

export const rounds: Audit[] = [
  carries('elicitation', 'elicitation/create', { action: 'accept', content: { which: 'this' } }),
  carries('url-elicitation', 'elicitation/create', { action: 'accept' }),
  carries('sampling', 'sampling/createMessage', WRITTEN),
  carries('roots', 'roots/list', ROOTS),
  ...(['decline', 'cancel'] as const).map((action) =>
    must(
      `modern/rounds/${action}`,
      'A16.3',
      `tells a tool of a form that gets a ${action}`,
      async (client) => {
        const call = await asking(client, 'audit_ask', { what: 'elicitation' })
        const { requests, requestState } = interimOf(await call())
        const inputResponses = responsesTo(requests, () => ({ action }))
        const text = textOf(toolResultOf(await call({ inputResponses, requestState })))
        expectEqual(JSON.parse(text), { action }, 'the answer that the tool got')
      },
    ),
  ),
  must('modern/rounds/url-without-id', 'A16.1', 'asks for a URL without elicitationId', async (client) => {
    const call = await asking(client, 'audit_ask', { what: 'url-elicitation' })
    const [request] = Object.values(interimOf(await call()).requests)
    expectEqual(at(request, 'params', 'mode'), 'url', 'mode')
    expectEqual(at(request, 'params', 'elicitationId'), undefined, 'elicitationId')
  }),
  must('modern/rounds/prompt', 'A11.2', 'asks before it gives a prompt', async (client) => {
    await needPrompt(client, 'modern', 'audit_asking')
    const call: Retry = (more) => client.modern('prompts/get', { name: 'audit_asking', ...more }, { meta })
    const { requests, requestState } = interimOf(await call())
    const inputResponses = responsesTo(requests, () => ROOTS)
    const { messages } = resultOf(await call({ inputResponses, requestState }))
    expectEqual(at(messages, 0, 'content', 'text'), JSON.stringify(ROOTS), 'the text')
  }),
  must('modern/rounds/resource', 'A11.2', 'asks before it gives a resource', async (client) => {
    await needTemplate(client, 'modern', 'audit://asking/{id}')
    const uri = 'audit://asking/1'
    const call: Retry = (more) => client.modern('resources/read', { uri, ...more }, { meta })
    const { requests, requestState } = interimOf(await call())
    const inputResponses = responsesTo(requests, () => ROOTS)
    const { contents } = resultOf(await call({ inputResponses, requestState }))
    expectEqual(at(contents, 0, 'text'), JSON.stringify(ROOTS), 'the text')
  }),
  must('modern/rounds/together', 'A11.4', 'asks what is open in one round', async (client) => {
    const call = await asking(client, 'audit_ask_three', { together: true })
    const { requests, requestState } = interimOf(await call())
    expectEqual(Object.values(requests).map(messageOf), ['1', '2', '3'], 'what is asked')
    const inputResponses = responsesTo(requests)
    const answers = JSON.parse(textOf(toolResultOf(await call({ inputResponses, requestState }))))
    expectEqual(
      answers.map((answer: unknown) => at(answer, 'content', 'which')),
      ['1', '2', '3'],
      'the answers',
    )
  }),
  must('modern/rounds/in-turn', 'A11.6', 'asks over three rounds, with a new state each', async (client) => {
    const call = await asking(client, 'audit_ask_three', {})
    const states = new Set<unknown>()
    let reply = await call()
    for (const message of ['1', '2', '3']) {
      const { requests, requestState } = interimOf(reply)
      expectEqual(Object.values(requests).map(messageOf), [message], 'what is asked')
      states.add(requestState)
      reply = await call({ inputResponses: responsesTo(requests), requestState })
    }
    expectEqual(states.size, 3, 'the number of states')
    const answers = JSON.parse(textOf(toolResultOf(reply)))
    expectEqual(
      answers.map((answer: unknown) => at(answer, 'content', 'which')),
      ['1', '2', '3'],
      'the answers',
    )
  }),
  should('modern/rounds/some-answers', 'A11.11', 'asks again for what is missing', async (client) => {
    const call = await asking(client, 'audit_ask_three', { together: true })
    const { requests, requestState } = interimOf(await call())
    const { [Object.keys(requests)[1] as string]: _, ...inputResponses } = responsesTo(requests)
    const again = interimOf(await call({ inputResponses, requestState }))
    expectEqual(Object.values(again.requests).map(messageOf), ['2'], 'what is asked again')
  }),
  should('modern/rounds/no-answers', 'A11.11', 'asks again where nothing is answered', async (client) => {
    const call = await asking(client, 'audit_ask', { what: 'roots' })
    const { requestState } = interimOf(await call())
    interimOf(await call({ requestState }))
    interimOf(await call({ requestState, inputResponses: {} }))
  }),
  should(
    'modern/rounds/other-answers',
    'A11.11',
    'ignores answers to what it did not ask',
    async (client) => {
      const call = await asking(client, 'audit_ask', { what: 'roots' })
      const { requests, requestState } = interimOf(await call())
      const inputResponses = { ...responsesTo(requests, () => ROOTS), audit_other: { roots: 5 } }
      toolResultOf(await call({ inputResponses, requestState }))
    },
  ),
  should('modern/rounds/malformed-answer', 'A11.11', 'refuses an answer that is none', async (client) => {
    const call = await asking(client, 'audit_ask', { what: 'roots' })
    const { requests, requestState } = interimOf(await call())
    for (const answer of [5, null, [], { roots: 'none' }]) {
      const inputResponses = responsesTo(requests, () => answer)
      errorOf(await call({ inputResponses, requestState }), [200, 400], -32602)
    }
  }),
  should(
    'modern/rounds/malformed-answers',
    'A11.11',
    'refuses inputResponses that are no map',
    async (client) => {
      const call = await asking(client, 'audit_ask', { what: 'roots' })
      for (const inputResponses of [5, [], 'roots'])
        errorOf(await call({ inputResponses }), [200, 400], -32602)
    },
  ),
  must('modern/rounds/tampered-state', 'A11.7', 'refuses a requestState that was changed', async (client) => {
    const call = await asking(client, 'audit_ask', { what: 'roots' })
    const { requests, requestState } = interimOf(await call())
    const inputResponses = responsesTo(requests, () => ROOTS)
    for (const changed of [`${requestState}x`, 'audit', '', 5])
      errorOf(await call({ inputResponses, requestState: changed }), [200, 400], -32602)
  }),
  should(
    'modern/rounds/state-of-other-request',
    'A11.8',
    'refuses a requestState that belongs to another request',
    async (client) => {
      const call = await asking(client, 'audit_ask', { what: 'roots' })
      const { requests, requestState } = interimOf(await call())
      const inputResponses = responsesTo(requests, () => ROOTS)
      const others = [
        ['audit_ask', { what: 'sampling' }],
        ['audit_ask_three', {}],
      ] as const
      for (const [name, args] of others) {
        const other = await asking(client, name, args)
        errorOf(await other({ inputResponses, requestState }), [200, 400], -32602)
      }
    },
  ),
  should(
    'modern/rounds/any-order',
    'A11.8',
    'knows a request whose members are in another order',
    async (client) => {
      const first = await asking(client, 'audit_ask_three', { together: true })
      const { requests, requestState } = interimOf(await first())
      const inputResponses = responsesTo(requests)
      const params = { requestState, inputResponses, arguments: { together: true }, name: 'audit_ask_three' }
      toolResultOf(await client.modern('tools/call', params, { meta }))
    },
  ),
  must('modern/rounds/nowhere-else', 'A11.2', 'never asks before it lists', async (client) => {
    for (const method of ['tools/list', 'prompts/list', 'resources/list']) {
      const { result } = (await client.modern(method, {}, { meta })).messages.at(-1) ?? {}
      expect(result?.resultType !== 'input_required', 'no input_required', result)
    }
  }),
]
