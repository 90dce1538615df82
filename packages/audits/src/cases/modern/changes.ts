import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getToolResult, isObject } from '../../expect.ts'
import { acknowledged } from '../../listen.ts'
import { needTool } from '../../offers.ts'
import { LOG_LEVEL_KEY, SUBSCRIPTION_ID_KEY } from '../../protocol.ts'
import { at, type Json, type Message } from '../../reply.ts'

type Id = `modern/changes/${string}`

const TOOLS = { what: 'tools' }
const WATCHED = { what: 'resource', uri: 'audit://watched' }

async function announce(client: Client, change: Json): Promise<void> {
  getToolResult(await callTool(client, 'audit_change', change))
}

/** What a subscriber hears first of some changes, made one after the other by other requests. */
async function heard(client: Client, filter: Json, ...changes: Json[]): Promise<Message | undefined> {
  await needTool(client, 'modern', 'audit_change')
  const { stream } = await acknowledged(client, filter)
  for (const change of changes) await announce(client, change)
  return stream.next()
}

function tells(id: Id, title: string, filter: Json, change: Json, method: string): Audit {
  return should(id, 'A10.7', title, async (client) => {
    expectEqual((await heard(client, filter, change))?.method, method, 'the notification')
  })
}

/** A change that was not asked for is followed by one that was: nothing may come before that. */
function keepsBack(id: Id, title: string, filter: Json, unasked: Json[], asked: Json, method: string): Audit {
  return must(id, 'A10.4', title, async (client) => {
    expectEqual((await heard(client, filter, ...unasked, asked))?.method, method, 'the first notification')
  })
}

const TOOLS_CHANGED = 'notifications/tools/list_changed'
const PROMPTS_CHANGED = 'notifications/prompts/list_changed'
const RESOURCES_CHANGED = 'notifications/resources/list_changed'
const UPDATED = 'notifications/resources/updated'

export const changes: Audit[] = [
  tells('modern/changes/tools', 'tells of changed tools', { toolsListChanged: true }, TOOLS, TOOLS_CHANGED),
  tells(
    'modern/changes/prompts',
    'tells of changed prompts',
    { promptsListChanged: true },
    { what: 'prompts' },
    PROMPTS_CHANGED,
  ),
  tells(
    'modern/changes/resources',
    'tells of changed resources',
    { resourcesListChanged: true },
    { what: 'resources' },
    RESOURCES_CHANGED,
  ),
  tells(
    'modern/changes/resource',
    'tells of an updated resource',
    { resourceSubscriptions: ['audit://watched'] },
    WATCHED,
    UPDATED,
  ),
  must('modern/changes/resource-uri', 'A10.6', 'says which resource was updated', async (client) => {
    const update = await heard(
      client,
      { resourceSubscriptions: ['audit://text', 'audit://watched'] },
      WATCHED,
    )
    expectEqual(at(update, 'params', 'uri'), 'audit://watched', 'params.uri')
  }),
  must('modern/changes/tagged', 'A10.3', 'tags a change with the subscription', async (client) => {
    await needTool(client, 'modern', 'audit_change')
    const { stream } = await acknowledged(client, { toolsListChanged: true }, { id: 'tag-7' })
    await announce(client, TOOLS)
    const change = await stream.next()
    expectEqual(at(change, 'params', '_meta', SUBSCRIPTION_ID_KEY), 'tag-7', 'the subscription id')
  }),
  must('modern/changes/shape', 'A10.6', 'tells of a change in a notification', async (client) => {
    const change = await heard(client, { toolsListChanged: true }, TOOLS)
    expect(isObject(change) && !('id' in change) && change.jsonrpc === '2.0', 'a notification', change)
  }),
  keepsBack(
    'modern/changes/other-kind',
    'keeps back kinds that were not asked for',
    { toolsListChanged: true },
    [{ what: 'prompts' }, { what: 'resources' }, WATCHED],
    TOOLS,
    TOOLS_CHANGED,
  ),
  keepsBack(
    'modern/changes/false-kind',
    'keeps back a kind that was asked for with false',
    { toolsListChanged: false, promptsListChanged: true },
    [TOOLS],
    { what: 'prompts' },
    PROMPTS_CHANGED,
  ),
  must(
    'modern/changes/other-resource',
    'A10.4',
    'keeps back resources that were not asked for',
    async (client) => {
      const other = { what: 'resource', uri: 'audit://text' }
      const update = await heard(client, { resourceSubscriptions: ['audit://watched'] }, other, WATCHED)
      expectEqual(at(update, 'params', 'uri'), 'audit://watched', 'params.uri of the first notification')
    },
  ),
  must(
    'modern/changes/no-progress',
    'A10.5',
    'keeps progress and logs off a subscription',
    async (client) => {
      const { stream } = await acknowledged(client, { toolsListChanged: true })
      await callTool(client, 'audit_progress', { values: [1] }, { meta: { progressToken: 'elsewhere' } })
      await callTool(client, 'audit_log', {}, { meta: { [LOG_LEVEL_KEY]: 'debug' } })
      await announce(client, TOOLS)
      expectEqual((await stream.next())?.method, TOOLS_CHANGED, 'the first notification')
    },
  ),
  must('modern/changes/same-id', 'A10.8', 'serves two subscriptions with the same id', async (client) => {
    await needTool(client, 'modern', 'audit_change')
    const first = await acknowledged(client, { toolsListChanged: true }, { id: 1 })
    const second = await acknowledged(client, { promptsListChanged: true }, { id: 1 })
    await announce(client, TOOLS)
    await announce(client, { what: 'prompts' })
    expectEqual((await first.stream.next())?.method, TOOLS_CHANGED, 'what the first hears')
    expectEqual((await second.stream.next())?.method, PROMPTS_CHANGED, 'what the second hears')
  }),
  must(
    'modern/changes/after-leaving',
    'A10.8',
    'keeps a subscription open when another one is closed',
    async (client) => {
      await needTool(client, 'modern', 'audit_change')
      const leaving = new AbortController()
      const first = await acknowledged(client, { toolsListChanged: true }, { signal: leaving.signal })
      const second = await acknowledged(client, { toolsListChanged: true })
      first.stream.close()
      leaving.abort()
      await announce(client, TOOLS)
      expectEqual((await second.stream.next())?.method, TOOLS_CHANGED, 'what the other hears')
    },
  ),
  must('modern/changes/repeated', 'A10.7', 'tells of every change, in order', async (client) => {
    await needTool(client, 'modern', 'audit_change')
    const uris = ['audit://watched', 'audit://text', 'audit://watched']
    const { stream } = await acknowledged(client, {
      resourceSubscriptions: ['audit://watched', 'audit://text'],
    })
    for (const uri of uris) await announce(client, { what: 'resource', uri })
    const heard = [await stream.next(), await stream.next(), await stream.next()]
    expectEqual(
      heard.map((update) => at(update, 'params', 'uri')),
      uris,
      'the URIs',
    )
  }),
]
