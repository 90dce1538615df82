import {
  type ContractCase,
  eventually,
  expectEqual,
  expectRejects,
  NotApplicable,
  newId,
} from '@portico-mcp/core/internal'
import type { BusMessage, SessionBus } from '../cluster/session-bus.ts'

/** What the cases of {@link sessionBusContract} are put to. */
export interface SessionBusSubject {
  bus: SessionBus
  /** Another node's end of the same bus; the same object for a bus in memory. */
  other: SessionBus
  /** A bus that cannot be reached, where there can be one. */
  unreachable?: SessionBus
}

async function record(bus: SessionBus, channel: string): Promise<[BusMessage[], () => void]> {
  const heard: BusMessage[] = []
  return [heard, await bus.listen(channel, (message) => heard.push(message))]
}

type BusCase = ContractCase<SessionBusSubject>

/** What every `SessionBus` does; run each case against a subject of your own. */
export const sessionBusContract: readonly BusCase[] = [
  {
    id: 'session-bus/carries',
    title: 'carries a message to every listener of its channel, on every node, from then on',
    async run({ bus, other }) {
      const channel = newId()
      const [[here], [also], [there]] = [
        await record(bus, channel),
        await record(bus, channel),
        await record(other, channel),
      ]
      const message = { kind: 'greeting', text: 'Grüße, 世界', nested: { list: [1, null, true] } }
      await other.send(channel, message)
      for (const heard of [here, also, there]) {
        await eventually(() => heard.length > 0, 'a message')
        expectEqual(heard, [message], 'what was heard')
      }
    },
  },
  {
    id: 'session-bus/in-order',
    title: 'keeps the order of what one sends',
    async run({ bus, other }) {
      const channel = newId()
      const [heard] = await record(bus, channel)
      await Promise.all(Array.from({ length: 100 }, (_, number) => other.send(channel, { number })))
      await eventually(() => heard.length >= 100, '100 messages')
      expectEqual(
        heard.map(({ number }) => number),
        Array.from({ length: 100 }, (_, number) => number),
        'what was heard',
      )
    },
  },
  {
    id: 'session-bus/channels-apart',
    title: 'carries nothing to another channel',
    async run({ bus, other }) {
      const channel = newId()
      const [neighbour] = await record(bus, `${channel}%2A`)
      const [heard] = await record(bus, channel)
      await other.send(channel, { a: 1 })
      await eventually(() => heard.length > 0, 'a message')
      expectEqual(neighbour, [], 'what a neighbour heard')
    },
  },
  {
    id: 'session-bus/stops',
    title: 'carries nothing to who has stopped listening, and still to who has not',
    async run({ bus, other }) {
      const channel = newId()
      const [gone, stop] = await record(bus, channel)
      const [heard, stopLast] = await record(bus, channel)
      stop()
      stop()
      await other.send(channel, { a: 1 })
      await eventually(() => heard.length > 0, 'a message')
      stopLast()
      const [again] = await record(bus, channel)
      await other.send(channel, { a: 2 })
      await eventually(() => again.length > 0, 'a message')
      expectEqual([gone, heard, again], [[], [{ a: 1 }], [{ a: 2 }]], 'what was heard')
    },
  },
  {
    id: 'session-bus/nobody',
    title: 'drops what nobody listens to',
    async run({ bus, other }) {
      const channel = newId()
      await bus.send(channel, { lost: true })
      const [heard] = await record(other, channel)
      await bus.send(channel, { lost: false })
      await eventually(() => heard.length > 0, 'a message')
      expectEqual(heard, [{ lost: false }], 'what was heard')
    },
  },
  {
    id: 'session-bus/listener-throws',
    title: 'goes on where a listener throws',
    async run({ bus, other }) {
      const channel = newId()
      await bus.listen(channel, () => {
        throw new Error('A listener failed')
      })
      const [heard] = await record(bus, channel)
      await other.send(channel, { number: 1 })
      await other.send(channel, { number: 2 })
      await eventually(() => heard.length > 1, 'two messages')
      expectEqual(heard, [{ number: 1 }, { number: 2 }], 'what was heard')
    },
  },
  {
    id: 'session-bus/unreachable',
    title: 'rejects where the bus cannot be reached',
    async run({ unreachable }) {
      if (!unreachable) throw new NotApplicable('a bus that is always reached')
      await expectRejects(unreachable.send(newId(), { a: 1 }), 'send')
      await expectRejects(
        unreachable.listen(newId(), () => {}),
        'listen',
      )
    },
  },
]
