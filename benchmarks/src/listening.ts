import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { SubjectProcess } from './commands.ts'
import type { Effort, Sample } from './samples.ts'
import { listenRequest, type Work } from './work.ts'

/** Any work of a server that can be listened to. */
export const LISTENED: Work = { method: 'server/discover', era: 'modern', tools: 1, schemas: 'module' }

/** Measures open `subscriptions/listen` streams: the heap of each, and how long a change takes to reach all. */
export async function measureListening(
  processes: Map<string, SubjectProcess>,
  { rounds, streams }: Effort,
): Promise<Sample[]> {
  const samples: Sample[] = []
  const work = `${streams} listeners`
  const listening = new Map<string, Listener[]>()
  for (const [subject, { ask }] of processes) {
    const port = await ask<number>('listen', { work: LISTENED })
    // the first ones load and compile
    for (const { destroy } of await open(port, 50)) destroy()
    const before = await ask<number>('heap')
    const listeners = await open(port, streams)
    const after = await ask<number>('heap')
    samples.push({ subject, work, metric: 'heap of each', value: (after - before) / streams })
    listening.set(subject, listeners)
  }
  for (let round = -1; round < rounds * 3; round++) {
    for (const [subject, listeners] of listening) {
      const start = performance.now()
      const heard = Promise.all(listeners.map(({ next }) => next()))
      await processes.get(subject)!.ask('notify', { work: LISTENED })
      await heard
      const value = performance.now() - start
      if (round >= 0) samples.push({ subject, work, metric: 'notify all', value })
    }
  }
  for (const { destroy } of [...listening.values()].flat()) destroy()
  return samples
}

interface Listener {
  /** Resolves with the next bytes. */
  next(): Promise<unknown>
  destroy(): void
}

async function open(port: number, count: number): Promise<Listener[]> {
  const listeners: Listener[] = []
  // more at once than a server accepts would be refused
  while (listeners.length < count) {
    const batch = Math.min(100, count - listeners.length)
    listeners.push(...(await Promise.all(Array.from({ length: batch }, () => openOne(port)))))
  }
  return listeners
}

async function openOne(port: number): Promise<Listener> {
  const socket: Socket = connect(port, '127.0.0.1')
  const { headers, body } = listenRequest()
  const lines = Object.entries({ ...headers, host: 'localhost', 'content-length': body.length })
  socket.write(
    `POST /mcp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
  socket.on('error', () => {})
  let text = ''
  while (!text.includes('acknowledged')) text += String((await once(socket, 'data'))[0])
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
  return { next: () => once(socket, 'data'), destroy: () => socket.destroy() }
}
