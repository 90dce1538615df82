import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../workspace.mjs'

/**
 * How many kilobytes each package may have: unpacked, and together with its dependencies on a disk. Peers do not
 * count, since applications bring them. Lower a number freely; raise it with a reason in the commit.
 */
const LIMITS = {
  audits: [830, 870],
  auth: [440, 19_500],
  bullmq: [60, 40_000],
  cloudflare: [280, 20_500],
  core: [1_300, 19_000],
  'create-portico': [50, 50],
  dashboard: [1300, 20_500],
  dynamodb: [200, 27_500],
  express: [50, 20_000],
  fastify: [60, 20_000],
  guard: [210, 19_500],
  hono: [50, 19_500],
  koa: [120, 21_500],
  inspect: [40, 22_300],
  lambda: [150, 19_000],
  node: [170, 19_000],
  oauth: [630, 21_000],
  redis: [260, 27_600],
  server: [460, 25_200],
  sessions: [750, 19_500],
  'shared-server': [100, 19_500],
  stdio: [520, 19_500],
  skills: [90, 20_500],
  tasks: [540, 19_500],
  telemetry: [150, 19_000],
  tools: [510, 20_500],
}

/**
 * Compares what each package needs on a disk with its limits.
 *
 * @param archives The packed packages.
 */
export function checkInstallSizes(archives) {
  const own = new Map(archives.map(({ contents }) => [contents.packageName, sumFiles(contents)]))
  const rows = archives.map(({ data, contents }) => {
    const name = contents.packageName.replace('@portico-mcp/', '')
    const dependencies = listDependencies(join(root, 'packages', name))
    const total = [...dependencies].reduce((sum, folder) => sum + sizeOf(folder, own), 0)
    return {
      name,
      packed: inKilobytes(data.length),
      unpacked: inKilobytes(own.get(contents.packageName)),
      installed: inKilobytes(total),
      packages: dependencies.size - 1,
    }
  })
  return { problems: rows.flatMap((row) => findSizeExcess(row)), summary: formatTable(rows) }
}

/** Explains which of a package's sizes are larger than their limits. */
export function findSizeExcess({ name, unpacked, installed }, limits = LIMITS) {
  const [unpackedLimit, installedLimit] = limits[name] ?? [0, 0]
  const tooLarge = (what, size, limit) =>
    `packages/${name}: ${what} has ${size} kB, more than ${limit} kB. Find what has grown, or raise the limit in scripts/rules/install-size.mjs with a reason in the commit`
  return [
    ...(unpacked > unpackedLimit ? [tooLarge('the unpacked package', unpacked, unpackedLimit)] : []),
    ...(installed > installedLimit
      ? [tooLarge('the package with its dependencies', installed, installedLimit)]
      : []),
  ]
}

function sumFiles(contents) {
  return contents.listFiles().reduce((sum, path) => sum + Buffer.byteLength(contents.readFile(path)), 0)
}

/** The folders of a package and of all that it depends on, as they are installed. */
function listDependencies(folder, found = new Set()) {
  if (found.has(folder)) return found
  found.add(folder)
  const { dependencies = {} } = readManifest(folder)
  for (const name of Object.keys(dependencies)) listDependencies(findPackage(folder, name), found)
  return found
}

function findPackage(from, name) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return realpathSync(candidate)
    if (folder === dirname(folder)) throw new Error(`${from} depends on ${name}, which is not installed`)
  }
}

/** A package of the workspace counts as it is packed. */
function sizeOf(folder, own) {
  return own.get(readManifest(folder).name) ?? sizeOnDisk(folder)
}

function sizeOnDisk(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules') return sum
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOnDisk(path) : statSync(path).size)
  }, 0)
}

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const inKilobytes = (bytes) => Math.ceil(bytes / 1000)

function formatTable(rows) {
  const line = (name, ...cells) => name.padEnd(14) + cells.map((cell) => String(cell).padStart(12)).join('')
  return [
    line('', 'packed kB', 'unpacked kB', 'installed kB', 'packages'),
    ...rows.map(({ name, packed, unpacked, installed, packages }) =>
      line(name, packed, unpacked, installed, packages),
    ),
  ].join('\n')
}
