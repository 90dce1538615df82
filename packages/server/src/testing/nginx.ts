import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const EXECUTABLE = '/usr/sbin/nginx'

/** What stands in front of a server. */
export interface InFront {
  origin: string
  stop(): Promise<void>
}

/**
 * Starts nginx with the given directives in its one `server` block.
 *
 * @throws where nginx is not installed.
 */
export async function startNginx(directives: string): Promise<InFront> {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: apt-get install nginx-light`)
  const folder = mkdtempSync(join(tmpdir(), 'portico-nginx-'))
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, configuration(folder, port, directives))
  const child = spawn(EXECUTABLE, ['-p', folder, '-c', config, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
  })
  const killAtExit = () => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const ended = once(child, 'close')
  await Promise.race([untilOpen(port), ended.then(() => Promise.reject(new Error('nginx did not start')))])
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      process.off('exit', killAtExit)
      rmSync(folder, { recursive: true })
    },
  }
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

const configuration = (folder: string, port: number, directives: string): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    ${directives}
  }
}
`

/** Passes connections on byte by byte, as `socat` and `ssh -R` do. */
export async function startForwarder(port: number): Promise<InFront> {
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = new Socket().connect(port, '127.0.0.1')
    for (const socket of [incoming, outgoing]) sockets.add(socket.on('error', () => {}))
    incoming.pipe(outgoing).pipe(incoming)
  })
  return {
    origin: `http://127.0.0.1:${await listen(server)}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as { port: number }).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

async function untilOpen(port: number): Promise<void> {
  for (;;) {
    const socket = new Socket().connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await sleep(20)
  }
}
