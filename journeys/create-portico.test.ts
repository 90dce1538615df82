import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, takeUnprivilegedUser } from './testing/image.ts'
import { type PackedPackage, packPackages, run } from './testing/packed-packages.ts'
import { type Registry, startRegistry } from './testing/registry.ts'

let registry: Registry
let removePackages: () => void
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portico-create-'))
  const upstream = (await run(folder, ['npm', 'config', 'get', 'registry'])).trim()
  const packed: { packages: PackedPackage[]; remove: () => void } = await packPackages()
  removePackages = packed.remove
  registry = await startRegistry(packed.packages, upstream)
}, 300_000)
afterAll(() => {
  registry?.close()
  removePackages?.()
  rmSync(folder, { recursive: true, force: true })
})

const started = new Set<() => Promise<void>>()
afterEach(async () => {
  for (const stop of started) await stop()
  started.clear()
})

const at = (...path: string[]): string => join(folder, ...path)

const CREATE = ['npm', 'create', '--yes', 'portico@latest']

/** Does what a user does: `npm create portico`, and `npm install`. */
async function create(name: string, ...options: string[]): Promise<void> {
  await run(folder, [...CREATE, name, '--', ...options], registry.env)
  await run(at(name), ['npm', 'install', '--no-audit', '--no-fund'], registry.env)
}

/** The same with sign-in, and what is installed already. */
async function createGated(runtime: string): Promise<string> {
  const name = `${runtime}-gated`
  await run(folder, [...CREATE, name, '--', '--runtime', runtime, '--sign-in'], registry.env)
  symlinkSync(at(runtime, 'node_modules'), at(name, 'node_modules'))
  return name
}

const npm = (name: string, script: string) => run(at(name), ['npm', 'run', script], registry.env)

const CALL = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'greet', arguments: { name: 'Ada' } },
  }),
}
const GREETING = { result: { content: [{ type: 'text', text: 'Hello, Ada!' }] } }

/** Sends a request with any Host, as a proxy does, and returns the JSON of the response. */
async function callAsProxy(port: string, host: string): Promise<unknown> {
  const sent = request({ port, path: '/mcp', method: 'POST', headers: { ...CALL.headers, host } })
  sent.end(CALL.body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return json(response)
}

/** A port of this machine that nothing listens on. */
async function findFreePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => listener.close(resolve))
  return port
}

/** Starts a server, and returns what it prints up to a text. It ends with the test. */
async function start(
  name: string,
  args: string[],
  until: RegExp,
  env: NodeJS.ProcessEnv = {},
): Promise<RegExpMatchArray> {
  return startIn(at(name), args, until, { ...process.env, PORT: '0', ...env })
}

async function startIn(
  cwd: string,
  args: string[],
  until: RegExp,
  env: NodeJS.ProcessEnv,
  user: { uid?: number; gid?: number } = {},
): Promise<RegExpMatchArray> {
  const child = spawn(process.execPath, args, { cwd, env, ...user })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  started.add(() => {
    child.kill('SIGTERM')
    return ended
  })
  let output = ''
  return new Promise<RegExpMatchArray>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const match = output.match(until)
        if (match) resolve(match)
      })
    }
    child.once('close', () => reject(new Error(`${cwd} has ended:\n${output}`)))
  })
}

describe('npm create portico', { timeout: 600_000 }, () => {
  it('writes a server for Node that is tested, built and started, with its dashboard', async () => {
    await create('node')
    expect(await npm('node', 'test')).toContain('# pass 2')
    expect(readFileSync(at('node/README.md'), 'utf8')).toMatch(/^# node\n/)
    await npm('node', 'build')
    const [, url, dashboardUrl] = await start(
      'node',
      ['dist/main.js'],
      /connect to (\S+)\n[\s\S]*Open (\S+) in a browser/,
    )
    expect(await (await fetch(url!, CALL)).json()).toMatchObject(GREETING)
    const opened = await fetch(dashboardUrl!, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect(opened.headers.get('set-cookie')).toContain('HttpOnly')

    const gated = await createGated('node')
    await npm(gated, 'build')
    const port = await findFreePort()
    const publicUrl = `http://localhost:${port}/mcp`
    await start(gated, ['dist/main.js'], /connect to \S+\n/, {
      PORT: `${port}`,
      OIDC_ISSUER: 'https://login.example.com',
      PUBLIC_URL: publicUrl,
    })
    const refused = await fetch(publicUrl, CALL)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('resource_metadata=')
  })

  it('writes a Dockerfile whose steps make a server that starts without privileges and is healthy', async () => {
    const image = await buildImage(at('node'), folder, registry.env)
    expect(existsSync(join(image.folder, 'node_modules/typescript'))).toBe(false)
    expect(image.isUnprivileged).toBe(true)
    const [command, ...args] = image.command
    expect(command).toBe('node')
    const port = String(await findFreePort())
    // a folder that only its owner may enter is not in an image
    chmodSync(folder, 0o755)
    const env = {
      PATH: process.env.PATH,
      ...image.env,
      PORT: port,
      PUBLIC_URL: 'https://mcp.example.com/mcp',
    }
    await startIn(image.folder, args, /connect to \S+\n/, env, takeUnprivilegedUser(image.folder))
    await run(image.folder, ['sh', '-c', image.healthCheck], { PORT: port })
    expect(await callAsProxy(port, 'mcp.example.com')).toMatchObject(GREETING)
  })

  it('writes a Worker that is tested and bundled', async () => {
    await create('workers', '--runtime', 'workers')
    expect(await npm('workers', 'test')).toContain('# pass 2')
    await npm('workers', 'build')
    expect(existsSync(at('workers/dist/worker.js'))).toBe(true)
    await npm(await createGated('workers'), 'build')
  })

  it('writes a function for Lambda that is tested and bundled', async () => {
    await create('lambda', '--runtime', 'lambda')
    expect(await npm('lambda', 'test')).toContain('# pass 2')
    await npm('lambda', 'build')
    expect(existsSync(at('lambda/dist/lambda.mjs'))).toBe(true)
    await npm(await createGated('lambda'), 'build')
  })

  it('writes an app for Next.js that is tested, built and started', async () => {
    await create('next', '--runtime', 'next')
    expect(await npm('next', 'test')).toContain('# pass 2')
    await npm('next', 'build')
    const port = await findFreePort()
    await start('next', ['node_modules/next/dist/bin/next', 'start', '-p', `${port}`], /Ready/)
    const response = await fetch(`http://localhost:${port}/mcp`, CALL)
    expect(await response.json()).toMatchObject(GREETING)

    const publicUrl = `http://localhost:${await findFreePort()}/mcp`
    const env = { OIDC_ISSUER: 'https://login.example.com', PUBLIC_URL: publicUrl }
    await run(folder, [...CREATE, 'next-gated', '--', '--runtime', 'next', '--sign-in'], registry.env)
    // Next.js follows no link that leads out of a project
    await run(folder, ['cp', '-al', at('next', 'node_modules'), at('next-gated', 'node_modules')])
    await run(at('next-gated'), ['npm', 'run', 'build'], { ...registry.env, ...env })
    const { port: gatedPort, origin } = new URL(publicUrl)
    await start('next-gated', ['node_modules/next/dist/bin/next', 'start', '-p', gatedPort], /Ready/, env)
    const refused = await fetch(publicUrl, CALL)
    expect(refused.status).toBe(401)
    const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`)
    const metadata = await (await fetch(metadataUrl)).json()
    expect(metadata).toMatchObject({
      resource: publicUrl,
      authorization_servers: ['https://login.example.com'],
    })
  })
})
