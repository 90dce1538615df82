import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** Packages that users need not install. */
const OPTIONAL = [
  'tsx',
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
]

/** The packages that `@portico-mcp/server` depends on, as npm would install them: no optional peers beside them. */
const INSTALLED = ['auth', 'core', 'dashboard', 'guard', 'node', 'oauth', 'server', 'sessions', 'telemetry']

/** A folder of its own with `@portico-mcp/server` and what it depends on; `remove` removes it. */
export function installServer(): { folder: string; main: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'portico-installed-'))
  for (const name of INSTALLED) {
    const target = join(folder, 'node_modules/@portico-mcp', name)
    cpSync(join(packages, name, 'dist'), join(target, 'dist'), { recursive: true })
    cpSync(join(packages, name, 'package.json'), join(target, 'package.json'))
    linkDependencies(join(packages, name, 'node_modules'), join(folder, 'node_modules'))
  }
  return {
    folder,
    main: join(folder, 'node_modules/@portico-mcp/server/dist/main.js'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function linkDependencies(from: string, to: string): void {
  const names = readdirSync(from).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(from, name)).map((inner) => `${name}/${inner}`) : [name],
  )
  for (const name of names) {
    if (name.startsWith('@portico') || name.startsWith('.') || OPTIONAL.includes(name)) continue
    const link = join(to, name)
    mkdirSync(dirname(link), { recursive: true })
    if (!existsSync(link)) symlinkSync(realpathSync(join(from, name)), link)
  }
}
