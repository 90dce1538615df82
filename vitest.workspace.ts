import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const packages = readdirSync(new URL('packages', import.meta.url))
const examples = readdirSync(new URL('examples', import.meta.url))

// tests see the sources, so that coverage does too; processes that they start see what was built
const alias = packages.flatMap((name) => {
  const { exports } = JSON.parse(
    readFileSync(new URL(`packages/${name}/package.json`, import.meta.url), 'utf8'),
  )
  return Object.entries<{ default?: string }>(exports).flatMap(([entry, { default: built }]) => ({
    find: new RegExp(`^@portico-mcp/${name}${entry.slice(1)}$`),
    replacement: fileURLToPath(new URL(`packages/${name}/${sourceOf(built ?? entry)}`, import.meta.url)),
  }))
})

function sourceOf(built: string): string {
  return built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
}

const project = (name: string, root: string) => ({
  resolve: { alias },
  test: {
    name,
    root,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // a hang is found all the same, and a machine may be busy
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: [fileURLToPath(new URL('scripts/vitest-setup.ts', import.meta.url))],
  },
})

export default defineConfig({
  test: {
    projects: [
      ...packages.map((name) => project(name, `packages/${name}`)),
      ...examples.map((name) => project(`example-${name}`, `examples/${name}`)),
      project('benchmarks', 'benchmarks'),
      project('docs', 'docs'),
      project('journeys', 'journeys'),
      project('scripts', 'scripts'),
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
