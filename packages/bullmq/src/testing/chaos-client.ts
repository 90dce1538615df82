import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@portico-example/testing/random'
import type { ChaosProcess } from './chaos-process.ts'

const PREFIX = 'io.modelcontextprotocol/'
const CAPABILITIES = { elicitation: {}, extensions: { [`${PREFIX}tasks`]: {} } }

/** What a client has seen of its task. */
export interface SeenTask {
  taskId: string
  owner: string
  status: string
  text: string
  /** The keys of the questions that it was asked. */
  keys: Set<string>
  /** What another owner was answered who asked for the task. */
  foreign: unknown[]
}

/** A client that asks any node, and asks again where a node was killed. */
export class ChaosClient {
  readonly #nodes: readonly ChaosProcess[]
  readonly #random: Random

  constructor(nodes: readonly ChaosProcess[], random: Random) {
    this.#nodes = nodes
    this.#random = random
  }

  /** Creates a task, answers its question, and follows it to its end. */
  async run(number: number): Promise<SeenTask> {
    const owner = `user-${number % 5}`
    const { result: created } = await this.#ask(owner, 'tools/call', {
      name: 'approve',
      arguments: { number },
    })
    const taskId = String(created?.taskId)
    const seen: SeenTask = { taskId, owner, status: '', text: '', keys: new Set(), foreign: [] }
    for (;;) {
      const { result } = await this.#ask(owner, 'tasks/get', { taskId })
      seen.status = String(result?.status)
      const [key] = Object.keys(result?.inputRequests ?? {})
      if (key && !seen.keys.has(key)) {
        seen.keys.add(key)
        seen.foreign.push((await this.#ask('stranger', 'tasks/get', { taskId })).error)
        await this.#answer(owner, taskId, key, `n${number}`)
        // An answer that comes too late changes nothing.
        await this.#answer(owner, taskId, key, 'late')
      }
      if (seen.status === 'working' || seen.status === 'input_required') {
        await sleep(50 + this.#random.below(100))
        continue
      }
      seen.text = String(result?.result?.content?.[0]?.text ?? JSON.stringify(result))
      seen.foreign.push((await this.#ask('stranger', 'tasks/get', { taskId })).error)
      return seen
    }
  }

  #answer(owner: string, taskId: string, key: string, name: string): Promise<Answer> {
    const inputResponses = { [key]: { action: 'accept', content: { name } } }
    return this.#ask(owner, 'tasks/update', { taskId, inputResponses })
  }

  async #ask(
    user: string,
    method: string,
    params: { name?: string; taskId?: string } & object,
  ): Promise<Answer> {
    for (let tries = 0; tries < 300; tries++) {
      const ready = this.#nodes.filter(({ isReady }) => isReady)
      try {
        if (ready.length > 0) return await post(this.#random.pick(ready).port, user, method, params)
      } catch {
        // The node was killed.
      }
      await sleep(100)
    }
    throw new Error(`No node has answered ${method}`)
  }
}

interface Answer {
  result?: {
    taskId?: string
    status?: string
    inputRequests?: object
    result?: { content?: { text?: string }[] }
  }
  error?: unknown
}

async function post(port: number, user: string, method: string, params: { name?: string; taskId?: string }) {
  const _meta = { [`${PREFIX}protocolVersion`]: '2026-07-28', [`${PREFIX}clientCapabilities`]: CAPABILITIES }
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': params.taskId ?? params.name ?? '',
      'x-user': user,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  })
  if (response.status >= 500) throw new Error(`The node has answered ${response.status}`)
  return (await response.json()) as Answer
}
