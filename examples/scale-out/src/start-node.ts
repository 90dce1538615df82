import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A node: a process of its own that serves every session. */
export interface Node {
  /** Where it listens. */
  origin: string
  /** Lets it end what it does, and end. */
  stop(): Promise<void>
  /** Ends it in the middle of what it does. */
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('../dist/node.js', import.meta.url))

/**
 * Starts what was built of a node, on a free port.
 *
 * @param name - How it calls itself.
 * @param redisUrl - The Redis that the nodes share.
 * @throws Error if it ends before it listens.
 */
export async function startNode(name: string, redisUrl: string): Promise<Node> {
  const child = fork(program, { env: { ...process.env, NODE_NAME: name, REDIS_URL: redisUrl } })
  const ended = once(child, 'exit')
  const port = await Promise.race([once(child, 'message'), ended.then(() => undefined)])
  if (!port) throw new Error(`Node ${name} ended before it listened`)
  return {
    origin: `http://127.0.0.1:${port[0]}`,
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
