import { type Audit, must, should } from '../../audit.ts'
import { expect, expectEqual, getError } from '../../expect.ts'
import { acknowledged, listen, METHOD } from '../../listen.ts'
import { needCapability } from '../../offers.ts'
import { SUBSCRIPTION_ID_KEY } from '../../protocol.ts'
import { at } from '../../reply.ts'

type Id = `modern/subscriptions/${string}`

function refuses(id: Id, title: string, notifications: unknown): Audit {
  return must(id, 'A10.1', title, async (client) => {
    getError(await client.modern(METHOD, { notifications }), [200, 400], -32602)
  })
}

function tagged(id: Id, title: string, asked: string | number): Audit {
  return must(id, 'A10.3', title, async (client) => {
    const { ack } = await acknowledged(client, { toolsListChanged: true }, { id: asked })
    expectEqual(at(ack.params, '_meta', SUBSCRIPTION_ID_KEY), asked, 'the subscription id')
  })
}

export const subscriptions: Audit[] = [
  must(
    'modern/subscriptions/acknowledged',
    'A10.2',
    'acknowledges a subscription before anything else',
    async (client) => {
      const stream = await listen(client, { toolsListChanged: true })
      expectEqual(
        (await stream.next())?.method,
        'notifications/subscriptions/acknowledged',
        'the first message',
      )
    },
  ),
  must('modern/subscriptions/ack-shape', 'A10.2', 'acknowledges with a notification', async (client) => {
    const { ack } = await acknowledged(client, { toolsListChanged: true })
    expectEqual(['id' in ack, ack.jsonrpc], [false, '2.0'], 'whether it has an id, and jsonrpc')
  }),
  must(
    'modern/subscriptions/honoured',
    'A10.2',
    'acknowledges what it honours, and only that',
    async (client) => {
      await needCapability(client, 'modern', 'tools', 'listChanged')
      const { ack } = await acknowledged(client, { toolsListChanged: true, promptsListChanged: false })
      expectEqual(ack.params?.notifications, { toolsListChanged: true }, 'params.notifications')
    },
  ),
  must(
    'modern/subscriptions/honoured-all',
    'A10.2',
    'honours everything that the server declares',
    async (client) => {
      for (const family of ['tools', 'prompts', 'resources'])
        await needCapability(client, 'modern', family, 'listChanged')
      await needCapability(client, 'modern', 'resources', 'subscribe')
      const asked = {
        toolsListChanged: true,
        promptsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: ['audit://watched'],
      }
      const { ack } = await acknowledged(client, asked)
      expectEqual(ack.params?.notifications, asked, 'params.notifications')
    },
  ),
  must(
    'modern/subscriptions/unsupported',
    'A10.2',
    'leaves out of the acknowledgement what the server does not declare',
    async (client) => {
      const bare = { headers: { 'audit-fixture': 'bare' } }
      const { messages } = await client.modern('server/discover', {}, bare)
      const declared = at(messages[0], 'result', 'capabilities')
      const { ack } = await acknowledged(
        client,
        { promptsListChanged: true, resourceSubscriptions: ['audit://watched'] },
        bare,
      )
      const honoured = Object.keys(ack.params?.notifications ?? {})
      expectEqual(
        honoured.includes('promptsListChanged'),
        Boolean(at(declared, 'prompts', 'listChanged')),
        'prompts',
      )
      expectEqual(
        honoured.includes('resourceSubscriptions'),
        Boolean(at(declared, 'resources', 'subscribe')),
        'resources',
      )
    },
  ),
  must('modern/subscriptions/empty', 'A10.2', 'acknowledges a subscription to nothing', async (client) => {
    const { ack } = await acknowledged(client, {})
    expectEqual(ack.params?.notifications, {}, 'params.notifications')
  }),
  should(
    'modern/subscriptions/unknown-kind',
    'A10.2',
    'ignores a kind of change that it does not know',
    async (client) => {
      const { ack } = await acknowledged(client, { auditChanged: true })
      expectEqual(ack.params?.notifications, {}, 'params.notifications')
    },
  ),
  tagged('modern/subscriptions/string-id', 'keeps an id that is a string of digits a string', '41'),
  tagged('modern/subscriptions/integer-id', 'keeps an id that is an integer an integer', 41),
  refuses('modern/subscriptions/no-filter', 'refuses a subscription that does not say to what', undefined),
  refuses('modern/subscriptions/filter-type', 'refuses a filter that is an array', []),
  refuses('modern/subscriptions/flag-type', 'refuses a flag that is no boolean', { toolsListChanged: 'yes' }),
  refuses('modern/subscriptions/uris-type', 'refuses URIs that are not an array', {
    resourceSubscriptions: 'audit://watched',
  }),
  refuses('modern/subscriptions/uri-type', 'refuses a URI that is no string', { resourceSubscriptions: [7] }),
  should('modern/subscriptions/no-buffering', 'A8.5', 'asks proxies not to buffer', async (client) => {
    const { response } = await listen(client, { toolsListChanged: true })
    expectEqual(response.headers.get('x-accel-buffering'), 'no', 'X-Accel-Buffering')
  }),
  must(
    'modern/subscriptions/stays-open',
    'A10.9',
    'serves other requests while a subscription is open',
    async (client) => {
      await acknowledged(client, { toolsListChanged: true })
      const { status } = await client.modern('server/discover')
      expect(status === 200, 'HTTP 200', status)
    },
  ),
]
