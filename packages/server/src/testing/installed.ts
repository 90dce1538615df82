import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
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

const SCOPE = '@portico-mcp/'

/** A folder of its own with `@portico-mcp/server` and what it depends on; `remove` removes it. */
export function installServer(): { folder: string; main: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'portico-installed-'))
  for (const name of listPackages('server')) {
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

/** Lists a package and those of Portico that it depends on, as npm would install them: no optional peers beside them. */
function listPackages(name: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  const { dependencies } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const dependency of Object.keys(dependencies)) {
    if (dependency.startsWith(SCOPE)) listPackages(dependency.slice(SCOPE.length), found)
  }
  return found
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
