import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ONE_CALL } from '../runtimes/work.ts'
import type { Subject } from '../subjects.ts'
import type { Group, Row } from './group.ts'
import { cpuOf, startProcess, temporaryDirectory, waitForPort } from './processes.ts'

interface Runtime {
  title: string
  conditions: string[]
  /** The command that serves a bundle on a port. */
  command(file: string, port: number, server: string): [command: string, args: string[]]
}

const require = createRequire(import.meta.url)

const binary = (of: string, path: string): string => join(require.resolve(`${of}/package.json`), '..', path)

const RUNTIMES: Record<string, Runtime> = {
  bun: {
    title: 'Bun',
    conditions: ['import'],
    command: (file) => [binary('bun', 'bin/bun.exe'), ['run', file]],
  },
  deno: {
    title: 'Deno',
    conditions: ['import'],
    command: (file, port) => [
      binary('deno', 'deno'),
      ['serve', '--host', '127.0.0.1', '--port', String(port), '--no-check', '--quiet', file],
    ],
  },
  workerd: {
    title: 'workerd',
    conditions: ['workerd', 'worker'],
    command: (file, port, server) => [workerd(), ['serve', configure(file, port, server)]],
  },
}

const SERVERS = {
  bare: 'a fixed answer',
  portico: 'Portico',
  official: '@modelcontextprotocol/server 2.x',
} as const

/** The same fetch handlers on each runtime. */
export const RUNTIME_SUBJECTS: Record<string, Subject> = Object.fromEntries(
  Object.entries(RUNTIMES).flatMap(([name, runtime]) =>
    Object.entries(SERVERS).map(([server, title]) => [
      `${name}-${server}`,
      {
        title: `${runtime.title}, ${title}`,
        eras: ['modern'],
        serve: async () => serveOn(runtime, server),
      } satisfies Subject,
    ]),
  ),
)

/** Sessions of a Worker, whose records are in Durable Objects. */
export const OBJECT_SESSIONS: Subject = {
  title: 'a session on Durable Objects, on workerd',
  eras: ['legacy'],
  load: 'sessions',
  serve: async () => serveOn(RUNTIMES.workerd as Runtime, 'objects'),
}

async function serveOn({ conditions, command }: Runtime, server: string) {
  const file = join(temporaryDirectory(), 'server.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(`../runtimes/${server}.js`, import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: ['node:*', 'cloudflare:workers'],
    conditions,
    logLevel: 'error',
  })
  let pid: number | undefined
  return {
    async listen(port: number) {
      const env = { PORT: String(port), HOST: '127.0.0.1', NODE_ENV: 'production' }
      ;({ pid } = await startProcess(...command(file, port, server), { env }))
      await waitForPort(port)
    },
    cpu: () => (pid === undefined ? 0 : cpuOf(pid)),
  }
}

// miniflare has it, and adds a worker of its own in front, which would be measured too
const workerd = (): string => createRequire(require.resolve('miniflare'))('workerd').default

/** What a server needs of the platform. */
const OBJECTS: Record<string, string> = {
  objects: `
  durableObjectNamespaces = [(className = "PorticoObject", uniqueKey = "portico", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [(name = "PORTICO", durableObjectNamespace = "PorticoObject")],`,
}

function configure(file: string, port: number, server: string): string {
  const config = join(file, '../config.capnp')
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .bench),
    (name = "disk", disk = (path = "${join(file, '..')}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const bench :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "server.mjs")],
  compatibilityDate = "2026-04-26",${OBJECTS[server] ?? ''}
);
`,
  )
  return config
}

/** What Portico costs on other runtimes, beside a fixed answer and the official handler. */
export const RUNTIMES_GROUP: Group = {
  work: ONE_CALL,
  rows: Object.keys(RUNTIMES).flatMap((name): Row[] => [
    { subject: `${name}-bare` },
    { subject: `${name}-portico`, beside: `${name}-official` },
    { subject: `${name}-official` },
  ]),
}
