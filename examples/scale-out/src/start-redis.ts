import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'

/** A Redis of this program alone, in memory. */
export interface Redis {
  url: string
  stop(): Promise<void>
}

/**
 * Starts `redis-server`, or the program that `REDIS_SERVER` names, on a free port.
 *
 * @throws Error if redis-server is missing. The message says what to install.
 */
export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', tmpdir()]
  // in a group of its own: it ends after the nodes, which have things to write
  const child = spawn(
    process.env.REDIS_SERVER ?? 'redis-server',
    [...where, '--save', '', '--appendonly', 'no'],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('error', () => reject(new Error(MISSING)))
    child.once('exit', () => reject(new Error('redis-server ended before it listened')))
    child.stdout.on('data', (text) => {
      if (String(text).includes('Ready to accept connections')) resolve()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: () => {
      child.kill()
      return ended
    },
  }
}

const MISSING =
  'There is no redis-server here. Install the package redis-server (Debian, Ubuntu) or redis (Fedora, Homebrew), and start again.'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
