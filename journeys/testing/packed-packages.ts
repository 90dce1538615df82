import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The package manager of the workspace. */
export const PNPM = ['npx', '--yes', 'pnpm@12.21.0']

interface Manifest {
  name: string
  exports: Record<string, unknown>
  publishConfig?: { exports?: Record<string, unknown> }
  dependencies?: Record<string, string>
}

/** A package as it is published, outside of the workspace. */
export interface PackedPackage {
  name: string
  /** Its archive, as a dependency that every package manager takes. */
  archive: string
  /** What may be imported of it. */
  entries: string[]
  /** The names of the packages that are installed with it; peers are not. */
  dependencies: string[]
  /** The manifest in the archive. */
  manifest: { version: string }
}

/** Packs every package, and returns what removes the archives again. */
export async function packPackages(): Promise<{ packages: PackedPackage[]; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-packed-'))
  await run(root, [...PNPM, '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder])
  const archives = readdirSync(folder)
  const packages = readdirSync(join(root, 'packages')).map((short) => {
    const manifest = JSON.parse(
      readFileSync(join(root, 'packages', short, 'package.json'), 'utf8'),
    ) as Manifest
    const { name, exports, publishConfig, dependencies = {} } = manifest
    const prefix = `${name.replace('@', '').replace('/', '-')}-`
    const archive = archives.find((file) => file.startsWith(prefix) && /^\d/.test(file.slice(prefix.length)))
    const entries = Object.keys(publishConfig?.exports ?? exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => `${name}${entry.slice(1)}`)
    return {
      name,
      archive: `file:${join(folder, archive ?? 'not packed')}`,
      entries,
      dependencies: Object.keys(dependencies),
      manifest: readPackedManifest(join(folder, archive ?? 'not packed')),
    }
  })
  return { packages, remove: () => rmSync(folder, { recursive: true }) }
}

function readPackedManifest(archive: string): { version: string } {
  const text = execFileSync('tar', ['-xzOf', archive, 'package/package.json'], { encoding: 'utf8' })
  return JSON.parse(text) as { version: string }
}

/** A folder outside of the workspace, with the files of an application. */
export function createApp(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-app-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** Runs a command to its end, and returns what it printed; rejects with that, too. */
export async function run(cwd: string, command: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [file = '', ...args] = command
  try {
    const { stdout } = await execute(file, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 })
    return stdout
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string }
    throw new Error(`${command.join(' ')}: ${message}\n${stdout}\n${stderr}`)
  }
}
