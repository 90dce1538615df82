import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const PNPM = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).packageManager
const EVERYTHING = '*'
const stamp = `${root}node_modules/.portico-installed.json`

/** Runs a command in the workspace; a failure ends the process with the command's own code. */
export function run(command, ...args) {
  end(spawnSync(command, args, { cwd: root, stdio: 'inherit' }))
}

/** Runs a script of a workspace package, where it stands and with the tools that it has installed. */
export function runScript(folder, script) {
  const PATH = [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH }
  end(spawnSync(`exec ${script}`, { cwd: folder, shell: true, stdio: 'inherit', env }))
}

function end({ status, error }) {
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs a command of a tool that scripts/ has installed. */
export function runTool(name, ...args) {
  runToolOf(join(root, 'scripts'), name, ...args)
}

/** Runs a command of a package that a workspace package has installed. */
export function runToolOf(folder, name, ...args) {
  run(join(folder, 'node_modules/.bin', name), ...args)
}

/** Runs a command in the workspace, and keeps what it prints. */
export function capture(command, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject).on('close', (code) => resolve({ failed: code !== 0, output: output.trim() }))
  })
}

/** Runs a command of a tool that scripts/ has installed, and keeps what it prints. */
export function captureTool(name, ...args) {
  return capture(join(root, 'scripts/node_modules/.bin', name), ...args)
}

/** Runs pnpm, which need not be installed. */
export function runPnpm(...args) {
  run('npx', '--yes', PNPM, ...args)
}

/** Installs what one workspace package needs, or everything, and makes what is built from more than TypeScript. */
export function install(packageName = EVERYTHING) {
  installPackages(packageName)
  bundlePage()
}

// `tsc` takes the page as strings
function bundlePage() {
  const folder = `${root}packages/dashboard`
  if (existsSync(`${folder}/node_modules/esbuild`)) run(process.execPath, `${folder}/bundle.mjs`)
}

// once for a lockfile, by this script or by `pnpm install`
function installPackages(packageName) {
  const lockfile = readFileSync(`${root}pnpm-lock.yaml`, 'utf8')
  const hash = createHash('sha256').update(lockfile).digest('hex')
  const done = readStamp()
  const installed = done.lockfile === hash ? done.installed : []
  if (isEverythingInstalled(lockfile) || installed.includes(packageName)) return
  const filter = packageName === EVERYTHING ? [] : ['--filter-prod', `${packageName}...`]
  runPnpm('install', '--frozen-lockfile', ...filter)
  mkdirSync(`${root}node_modules`, { recursive: true })
  writeFileSync(stamp, JSON.stringify({ lockfile: hash, installed: [...installed, packageName] }))
}

// pnpm keeps the lockfile of what it has installed; `npm install` leaves it, and removes Vitest
function isEverythingInstalled(lockfile) {
  const [installed, hoisted] = ['.pnpm/lock.yaml', 'vitest'].map((name) => `${root}node_modules/${name}`)
  return existsSync(hoisted) && existsSync(installed) && readFileSync(installed, 'utf8') === lockfile
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'))
  } catch {
    return {}
  }
}
