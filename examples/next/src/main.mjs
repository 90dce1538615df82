import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))
const next = fileURLToPath(new URL('../node_modules/next/dist/bin/next', import.meta.url))

const port = Number(process.env.PORT ?? 3000) || (await findPort())
const PUBLIC_URL = process.env.PUBLIC_URL ?? `http://127.0.0.1:${port}/mcp`

if (!existsSync(new URL('../dist/BUILD_ID', import.meta.url))) {
  const [failed] = await once(run('build'), 'close')
  if (failed !== 0) process.exit(1)
}
const server = run('start', '--hostname', '127.0.0.1', '--port', String(port))
server.stdout.on('data', (text) => {
  if (String(text).includes('Ready')) console.log(`A bakery in Next.js at http://127.0.0.1:${port}/mcp\n`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.kill(signal))
const [code] = await once(server, 'close')
process.exitCode = code ?? 0

/** @param {string[]} args */
function run(...args) {
  const env = { ...process.env, PUBLIC_URL, NEXT_TELEMETRY_DISABLED: '1' }
  return spawn(process.execPath, [next, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function findPort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' ? (address?.port ?? 3000) : 3000
}
