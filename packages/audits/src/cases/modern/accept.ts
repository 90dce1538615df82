import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getNotifications, getText, getToolResult } from '../../expect.ts'
import type { Reply } from '../../reply.ts'

type Form = 'json' | 'stream' | 'either'

/** Has a tool report progress that an Accept header may leave no room for. */
function report(client: Client, accept: string | undefined): Promise<Reply> {
  const meta = { progressToken: 'accept' }
  return callTool(client, 'audit_progress', { values: [1, 2] }, { meta, headers: { accept } })
}

async function answers(client: Client, accept: string | undefined, form: Form): Promise<void> {
  const reply = await report(client, accept)
  expectEqual(getText(getToolResult(reply)), 'done', 'the text')
  if (form !== 'either') expectEqual(reply.streamed, form === 'stream', 'whether it is streamed')
  expectEqual(getNotifications(reply).length, reply.streamed ? 2 : 0, 'the number of notifications')
}

export const accept: Audit[] = [
  must('modern/accept/both', 'A8.1', 'answers one that takes both, notifications in a stream', (client) =>
    answers(client, 'application/json, text/event-stream', 'stream'),
  ),
  should('modern/accept/json', 'A2.8', 'answers one that takes JSON only with JSON', (client) =>
    answers(client, 'application/json', 'json'),
  ),
  should('modern/accept/stream', 'A2.8', 'answers one that takes streams only with a stream', (client) =>
    answers(client, 'text/event-stream', 'stream'),
  ),
  should('modern/accept/anything', 'A2.8', 'answers one that takes anything', (client) =>
    answers(client, '*/*', 'either'),
  ),
  should('modern/accept/nothing-said', 'A2.8', 'answers one that does not say what it takes', (client) =>
    answers(client, '', 'either'),
  ),
  should('modern/accept/type-range', 'A2.8', 'reads application/* as JSON', (client) =>
    answers(client, 'application/*', 'json'),
  ),
  should('modern/accept/case', 'A2.8', 'reads media types in any case', (client) =>
    answers(client, 'Text/Event-Stream', 'stream'),
  ),
  should('modern/accept/quality', 'A2.8', 'reads quality values', (client) =>
    answers(client, 'application/json;q=0.1, text/event-stream;q=0.9', 'either'),
  ),
  should('modern/accept/refused-json', 'A2.8', 'sends no JSON to one that refuses it', (client) =>
    answers(client, '*/*, application/json;q=0', 'stream'),
  ),
  should('modern/accept/refused-stream', 'A2.8', 'sends no stream to one that refuses it', (client) =>
    answers(client, 'application/json, text/event-stream;q=0', 'json'),
  ),
  must(
    'modern/accept/json-error',
    'A2.7',
    'answers one that takes JSON only in JSON, errors too',
    async (client) => {
      const reply = await client.modern('audit/unknown', {}, { headers: { accept: 'application/json' } })
      const type = reply.headers.get('content-type') ?? ''
      expect(type.startsWith('application/json'), 'application/json', type)
    },
  ),
]
