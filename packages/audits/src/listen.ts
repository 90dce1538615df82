import type { Client } from './client.ts'
import type { Stream } from './events.ts'
import { expectEqual } from './expect.ts'
import type { Json, Message } from './reply.ts'
import type { Variation } from './requests.ts'

export const METHOD = 'subscriptions/listen'

/** Opens a subscription. */
export function listen(client: Client, notifications: Json, variation: Variation = {}): Promise<Stream> {
  return client.openModern(METHOD, { notifications }, variation)
}

/** Opens a subscription, and reads its acknowledgement. */
export async function acknowledged(
  client: Client,
  notifications: Json,
  variation: Variation = {},
): Promise<{ stream: Stream; ack: Message }> {
  const stream = await listen(client, notifications, variation)
  const ack = await stream.next()
  expectEqual(ack?.method, 'notifications/subscriptions/acknowledged', 'the first message')
  return { stream, ack: ack as Message }
}
