import { type Audit, must, should } from '../../audit.ts'
import { expectEqual, getError, getToolResult } from '../../expect.ts'
import { ASKABLE, answerEach, prepareCall, ROOTS, readInterim, readMessage } from './interim-results.ts'

/** Audits of what a server does with answers that are missing, malformed, or meant for another request. */
export const roundAnswers: Audit[] = [
  should('modern/rounds/some-answers', 'A11.11', 'asks again for what is missing', async (client) => {
    const call = await prepareCall(client, 'audit_ask_three', { together: true })
    const { requests, requestState } = readInterim(await call())
    const { [Object.keys(requests)[1] as string]: _, ...inputResponses } = answerEach(requests)
    const again = readInterim(await call({ inputResponses, requestState }))
    expectEqual(Object.values(again.requests).map(readMessage), ['2'], 'what is asked again')
  }),
  should('modern/rounds/no-answers', 'A11.11', 'asks again where nothing is answered', async (client) => {
    const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
    const { requestState } = readInterim(await call())
    readInterim(await call({ requestState }))
    readInterim(await call({ requestState, inputResponses: {} }))
  }),
  should(
    'modern/rounds/other-answers',
    'A11.11',
    'ignores answers to what it did not ask',
    async (client) => {
      const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
      const { requests, requestState } = readInterim(await call())
      const inputResponses = { ...answerEach(requests, () => ROOTS), audit_other: { roots: 5 } }
      getToolResult(await call({ inputResponses, requestState }))
    },
  ),
  should('modern/rounds/malformed-answer', 'A11.11', 'refuses an answer that is none', async (client) => {
    const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
    const { requests, requestState } = readInterim(await call())
    for (const answer of [5, null, [], { roots: 'none' }]) {
      const inputResponses = answerEach(requests, () => answer)
      getError(await call({ inputResponses, requestState }), [200, 400], -32602)
    }
  }),
  should(
    'modern/rounds/malformed-answers',
    'A11.11',
    'refuses inputResponses that are no map',
    async (client) => {
      const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
      for (const inputResponses of [5, [], 'roots'])
        getError(await call({ inputResponses }), [200, 400], -32602)
    },
  ),
  must('modern/rounds/tampered-state', 'A11.7', 'refuses a requestState that was changed', async (client) => {
    const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
    const { requests, requestState } = readInterim(await call())
    const inputResponses = answerEach(requests, () => ROOTS)
    for (const changed of [`${requestState}x`, 'audit', '', 5])
      getError(await call({ inputResponses, requestState: changed }), [200, 400], -32602)
  }),
  should(
    'modern/rounds/state-of-other-request',
    'A11.8',
    'refuses a requestState that belongs to another request',
    async (client) => {
      const call = await prepareCall(client, 'audit_ask', { what: 'roots' })
      const { requests, requestState } = readInterim(await call())
      const inputResponses = answerEach(requests, () => ROOTS)
      const others = [
        ['audit_ask', { what: 'sampling' }],
        ['audit_ask_three', {}],
      ] as const
      for (const [name, args] of others) {
        const other = await prepareCall(client, name, args)
        getError(await other({ inputResponses, requestState }), [200, 400], -32602)
      }
    },
  ),
  should(
    'modern/rounds/any-order',
    'A11.8',
    'knows a request whose members are in another order',
    async (client) => {
      const first = await prepareCall(client, 'audit_ask_three', { together: true })
      const { requests, requestState } = readInterim(await first())
      const inputResponses = answerEach(requests)
      const params = { requestState, inputResponses, arguments: { together: true }, name: 'audit_ask_three' }
      getToolResult(await client.modern('tools/call', params, { meta: ASKABLE }))
    },
  ),
]
