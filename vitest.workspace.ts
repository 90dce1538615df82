import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { COVERING_PACKAGES } from './scripts/covering-packages.mjs'

const packages = readdirSync(new URL('packages', import.meta.url))

// tests see the sources, so that coverage does too; processes that they start see what was built
const alias = packages.flatMap((name) => {
  const { exports, imports = {} } = JSON.parse(
    readFileSync(new URL(`packages/${name}/package.json`, import.meta.url), 'utf8'),
  )
  const source = (built: string) =>
    fileURLToPath(new URL(`packages/${name}/${sourceOf(built)}`, import.meta.url))
  return [
    ...Object.entries<{ default?: string }>(exports).map(([entry, { default: built }]) => ({
      find: new RegExp(`^@portico-mcp/${name}${entry.slice(1)}$`),
      replacement: source(built ?? entry),
    })),
    ...Object.entries<{ default: string }>(imports).map(([entry, { default: built }]) => ({
      find: new RegExp(`^${entry}$`),
      replacement: source(built),
    })),
  ]
})

function sourceOf(built: string): string {
  return built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
}

/** What `npm test` runs. Every other test belongs to `npm run test:rest`. */
const FAST = 'packages/*/src/**/!(*.rest).test.ts'

/** Of those others, the ones that count for the coverage of core, as the fast tests of the same packages do. */
const COVERING = `packages/{${COVERING_PACKAGES}}/src/**/*.rest.test.ts`

const project = (name: string, files: { include: string[]; exclude?: string[] }, options: object = {}) => ({
  resolve: { alias },
  test: {
    name,
    include: files.include,
    exclude: ['**/node_modules/**', '**/dist/**', ...(files.exclude ?? [])],
    // A hang is found all the same, and a machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: [fileURLToPath(new URL('scripts/vitest-setup.ts', import.meta.url))],
    ...options,
  },
})

export default defineConfig({
  test: {
    projects: [
      // One process evaluates the SDK, zod and core once for all files. With a process a file it takes twice the CPU.
      project('fast', { include: [FAST] }, { isolate: false }),
      project('covering', { include: [COVERING] }),
      project('rest', { include: ['**/*.test.ts'], exclude: [FAST, COVERING] }),
    ],
    // what it says of being set up for tests
    onConsoleLog: (log) => !log.startsWith('oidc-provider '),
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
})
