import { describe, expect, it } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { ask, modern } from '../testing/requests.ts'
import { factoryOf, registerAll } from '../testing/server.ts'

describe('the resources of a subscriptions/listen', () => {
  it.each([
    ['too many', Array.from({ length: 1001 }, (_, i) => `doc://${i}`), 'more than 1000 URIs'],
    ['one too long', [`doc://${'a'.repeat(2048)}`], 'a URI of more than 2048 characters'],
    [
      'too large together',
      Array.from({ length: 40 }, (_, i) => `doc://${i}${'ü'.repeat(1000)}`),
      '60000 bytes',
    ],
    ['no texts', [1], 'must be a SubscriptionFilter'],
    ['no list', 'doc://readme', 'must be a SubscriptionFilter'],
  ])('are refused where they are %s', async (_, resourceSubscriptions, why) => {
    const handler = createMcpHandler(factoryOf(registerAll), { onerror() {} })
    const params = { notifications: { resourceSubscriptions } }
    const { error } = await ask(handler, modern('subscriptions/listen', { params }))
    expect(error.code).toBe(-32602)
    expect(error.message).toContain(why)
  })
})
