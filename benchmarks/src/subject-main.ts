import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answersOf } from './commands.ts'
import { findSubject } from './groups/index.ts'
import type { Served } from './subjects.ts'
import { nameOf, requestOf, resultOf, type Work } from './work.ts'

// a process that holds one server of the comparison, and does what the parent process asks
const subject = findSubject(process.argv[2] ?? '')

// Without a parent, no process needs this server.
process.on('disconnect', () => process.exit())

const served = new Map<string, Promise<Served>>()

function serve(work: Work): Promise<Served> {
  const name = nameOf(work)
  if (!served.has(name)) served.set(name, subject.serve(work))
  return served.get(name)!
}

answersOf({
  /** Answers in process for some milliseconds; microseconds of CPU an answer, undefined if it cannot. */
  async inProcess({ work, ms }: { work: Work; ms: number }) {
    const { fetch } = await serve(work)
    if (!fetch) return undefined
    const { body, headers } = requestOf(work)
    const url = 'http://localhost/mcp'
    const answer = async () => (await fetch(new Request(url, { method: 'POST', headers, body }))).text()
    resultOf(await answer())
    let answers = 0
    const before = process.cpuUsage()
    for (const end = performance.now() + ms; performance.now() < end; answers++) await answer()
    return cpuSince(before) / answers
  },
  /** Answers as many requests in process; false if it cannot. */
  async answer({ work, requests }: { work: Work; requests: number }) {
    const { fetch } = await serve(work)
    if (!fetch) return false
    const { body, headers } = requestOf(work)
    for (let index = 0; index < requests; index++) {
      const request = new Request('http://localhost/mcp', { method: 'POST', headers, body })
      await (await fetch(request)).text()
    }
    return true
  },
  /** Listens on a free port. */
  async listen({ work, port }: { work: Work; port: number }) {
    const { node, listen } = await serve(work)
    if (!node) {
      await listen!(port)
      return port
    }
    const server = createServer((req, res) => void node(req, res)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    return (server.address() as AddressInfo).port
  },
  /** Microseconds of CPU so far, of this process or of the one that serves in its place. */
  async cpu() {
    const others = await Promise.all([...served.values()].map(async (each) => (await each).cpu))
    return others.find(Boolean)?.() ?? cpuSince({ user: 0, system: 0 })
  },
  /** The private key of the tokens that are accepted. */
  signingKey: async ({ work }: { work: Work }) => (await serve(work)).signingKey,
  /** Bytes of the heap, after a collection. */
  async heap() {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      globalThis.gc?.()
    }
    return process.memoryUsage().heapUsed
  },
  /** Announces a change to everyone who listens. */
  async notify({ work }: { work: Work }) {
    ;(await serve(work)).notify!()
  },
})

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}
