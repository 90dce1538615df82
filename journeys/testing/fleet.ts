import type { IncomingMessage } from 'node:http'
import type { Random } from '@portico-example/testing/random'
import { type Proxy as Door, startProxy } from '../../examples/scale-out/src/proxy.ts'
import { type Node, startNode } from '../../examples/scale-out/src/start-node.ts'

/** Says at the proxy which call of which client a request is. */
export const CALL_HEADER = 'x-call'

/** A process of the fleet. */
interface Member extends Node {
  name: string
  killed: boolean
}

/** Nodes that are killed and started again, behind a proxy that sends every request to a random one. */
export class Fleet {
  kills = 0
  readonly #random: Random
  readonly #redisUrl: string
  readonly #serving: Member[] = []
  readonly #restarts = new Set<Promise<void>>()
  /** Where each call went last. */
  readonly #calls = new Map<string, Member>()
  #proxy: Door | undefined

  constructor(redisUrl: string, random: Random) {
    this.#redisUrl = redisUrl
    this.#random = random
  }

  get url(): string {
    return `${this.#proxy!.origin}/mcp`
  }

  async start(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#start(name)))
    this.#proxy = await startProxy((request) => this.#routes(request))
  }

  /** Whether the node that ran a call was killed. */
  lost(call: string): boolean {
    return this.#calls.get(call)?.killed === true
  }

  /** Kills a node in the middle of what it does, and starts it again after a while; one always stays. */
  async kill(downMs: number): Promise<void> {
    if (this.#serving.length < 2) return
    const [doomed] = this.#serving.splice(this.#random.below(this.#serving.length), 1) as [Member]
    doomed.killed = true
    this.kills += 1
    await doomed.kill()
    const restart = this.#random.pause(downMs).then(() => this.#start(doomed.name))
    this.#restarts.add(restart)
    void restart.finally(() => this.#restarts.delete(restart))
  }

  /** Resolves once every node serves again. */
  async recover(): Promise<void> {
    await Promise.all(this.#restarts)
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#restarts)
    await Promise.all(this.#serving.map((node) => node.stop()))
    await this.#proxy?.close()
  }

  async #start(name: string): Promise<void> {
    this.#serving.push({ ...(await startNode(name, this.#redisUrl)), name, killed: false })
  }

  // the next is asked for where nobody listens
  *#routes({ headers }: IncomingMessage): Iterable<string> {
    const call = String(headers[CALL_HEADER])
    for (;;) {
      const node = this.#random.pick(this.#serving)
      this.#calls.set(call, node)
      yield node.origin
    }
  }
}
