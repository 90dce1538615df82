import { type Audit, must } from '../../audit.ts'
import { expect, expectEqual, getResult, getText, getToolResult } from '../../expect.ts'
import { needPrompt, needTemplate } from '../../offers.ts'
import { at, type Json, type Reply } from '../../reply.ts'
import {
  ASKABLE,
  answerEach,
  prepareCall,
  type Retry,
  ROOTS,
  readInterim,
  readMessage,
} from './interim-results.ts'

const WRITTEN = { role: 'assistant', model: 'audit', content: { type: 'text', text: 'Hello.' } }

/** An audit of one kind of question. */
function carries(what: string, method: string, answer: Json): Audit {
  const title = `asks a client by a result, and takes its answer (${what})`
  return must(`modern/rounds/${what}`, 'A11.1', title, async (client) => {
    const call = await prepareCall(client, 'audit_ask', { what })
    const { requests, requestState } = readInterim(await call())
    expectEqual(
      Object.values(requests).map((request) => request.method),
      [method],
      'what is asked',
    )
    const inputResponses = answerEach(requests, () => answer)
    const text = getText(getToolResult(await call({ inputResponses, requestState })))
    expectEqual(JSON.parse(text), answer, 'the answer that the tool got')
  })
}

/** Expects the result of `audit_ask_three` to hold the answer to each of its questions. */
function expectThreeAnswers(reply: Reply): void {
  const answers: unknown[] = JSON.parse(getText(getToolResult(reply)))
  const given = answers.map((answer) => at(answer, 'content', 'which'))
  expectEqual(given, ['1', '2', '3'], 'the answers')
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
        const call = await prepareCall(client, 'audit_ask', { what: 'elicitation' })
        const { requests, requestState } = readInterim(await call())
        const inputResponses = answerEach(requests, () => ({ action }))
        const text = getText(getToolResult(await call({ inputResponses, requestState })))
        expectEqual(JSON.parse(text), { action }, 'the answer that the tool got')
      },
    ),
  ),
  must('modern/rounds/url-without-id', 'A16.1', 'asks for a URL without elicitationId', async (client) => {
    const call = await prepareCall(client, 'audit_ask', { what: 'url-elicitation' })
    const [request] = Object.values(readInterim(await call()).requests)
    expectEqual(at(request, 'params', 'mode'), 'url', 'mode')
    expectEqual(at(request, 'params', 'elicitationId'), undefined, 'elicitationId')
  }),
  must('modern/rounds/prompt', 'A11.2', 'asks before it gives a prompt', async (client) => {
    await needPrompt(client, 'modern', 'audit_asking')
    const call: Retry = (more) =>
      client.modern('prompts/get', { name: 'audit_asking', ...more }, { meta: ASKABLE })
    const { requests, requestState } = readInterim(await call())
    const inputResponses = answerEach(requests, () => ROOTS)
    const { messages } = getResult(await call({ inputResponses, requestState }))
    expectEqual(at(messages, 0, 'content', 'text'), JSON.stringify(ROOTS), 'the text')
  }),
  must('modern/rounds/resource', 'A11.2', 'asks before it gives a resource', async (client) => {
    await needTemplate(client, 'modern', 'audit://asking/{id}')
    const uri = 'audit://asking/1'
    const call: Retry = (more) => client.modern('resources/read', { uri, ...more }, { meta: ASKABLE })
    const { requests, requestState } = readInterim(await call())
    const inputResponses = answerEach(requests, () => ROOTS)
    const { contents } = getResult(await call({ inputResponses, requestState }))
    expectEqual(at(contents, 0, 'text'), JSON.stringify(ROOTS), 'the text')
  }),
  must('modern/rounds/together', 'A11.4', 'asks what is open in one round', async (client) => {
    const call = await prepareCall(client, 'audit_ask_three', { together: true })
    const { requests, requestState } = readInterim(await call())
    expectEqual(Object.values(requests).map(readMessage), ['1', '2', '3'], 'what is asked')
    const inputResponses = answerEach(requests)
    expectThreeAnswers(await call({ inputResponses, requestState }))
  }),
  must('modern/rounds/in-turn', 'A11.6', 'asks over three rounds, with a new state each', async (client) => {
    const call = await prepareCall(client, 'audit_ask_three', {})
    const states = new Set<unknown>()
    let reply = await call()
    for (const message of ['1', '2', '3']) {
      const { requests, requestState } = readInterim(reply)
      expectEqual(Object.values(requests).map(readMessage), [message], 'what is asked')
      states.add(requestState)
      reply = await call({ inputResponses: answerEach(requests), requestState })
    }
    expectEqual(states.size, 3, 'the number of states')
    expectThreeAnswers(reply)
  }),
  must('modern/rounds/nowhere-else', 'A11.2', 'never asks before it lists', async (client) => {
    for (const method of ['tools/list', 'prompts/list', 'resources/list']) {
      const { result } = (await client.modern(method, {}, { meta: ASKABLE })).messages.at(-1) ?? {}
      expect(result?.resultType !== 'input_required', 'no input_required', result)
    }
  }),
]
