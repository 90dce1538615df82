import { type Audit, must } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getNotifications, getToolResult } from '../../expect.ts'
import { capabilitiesOf, needTool } from '../../offers.ts'
import { LOG_LEVEL_KEY } from '../../protocol.ts'
import type { Reply } from '../../reply.ts'

async function log(client: Client, level: string | undefined): Promise<Reply> {
  const reply = await callTool(client, 'audit_log', {}, { meta: { [LOG_LEVEL_KEY]: level } })
  getToolResult(reply)
  return reply
}

async function levelsAt(client: Client, level: string): Promise<unknown[]> {
  return getNotifications(await log(client, level), 'notifications/message').map(
    ({ params }) => params?.level,
  )
}

const ALL = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

export const logging: Audit[] = [
  must('modern/logging/silent', 'A15.3', 'sends no log to a client that asked for none', async (client) => {
    expectEqual(getNotifications(await log(client, undefined)), [], 'the notifications')
  }),
  must('modern/logging/debug', 'A15.3', 'sends every level to one that asked for debug', async (client) => {
    expectEqual(await levelsAt(client, 'debug'), ALL, 'the levels')
  }),
  must('modern/logging/warning', 'A15.3', 'sends a warning and what is worse', async (client) => {
    expectEqual(await levelsAt(client, 'warning'), ALL.slice(3), 'the levels')
  }),
  must(
    'modern/logging/emergency',
    'A15.3',
    'sends emergencies alone to one that asked for them',
    async (client) => {
      expectEqual(await levelsAt(client, 'emergency'), ['emergency'], 'the levels')
    },
  ),
  must(
    'modern/logging/not-remembered',
    'A1.7',
    'forgets the level that an earlier request asked for',
    async (client) => {
      expectEqual((await levelsAt(client, 'debug')).length, 8, 'the number of logs')
      expectEqual(getNotifications(await log(client, undefined)), [], 'the notifications of the next request')
    },
  ),
  must('modern/logging/declared', 'A15.4', 'declares that it logs', async (client) => {
    await needTool(client, 'modern', 'audit_log')
    const { logging } = await capabilitiesOf(client, 'modern')
    expect(logging !== undefined, 'the capability logging', logging)
  }),
]
