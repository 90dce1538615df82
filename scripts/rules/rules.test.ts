import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCallPathExcess } from './call-path.mjs'
import { checkSources } from './check-sources.mjs'
import { findSizeExcess } from './install-size.mjs'
import { checkLinks } from './links.mjs'
import { checkManifests, expectedFields, PUBLISH_CONFIG } from './manifests.mjs'
import { readPackages } from './sources.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portico-rules-'))
  writeFiles({
    'packages/core/package.json': '{ "name": "@portico-mcp/core", "dependencies": { "jose": "6" } }',
  })
})
afterEach(() => rmSync(root, { recursive: true }))

function writeFiles(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function problemsOf(files: Record<string, string>, exceptions = {}): string[] {
  writeFiles(files)
  return checkSources(readPackages(root), exceptions).flatMap(({ problems }) => problems)
}

const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => `export const n${i} = ${i}\n`).join('')

it('finds nothing in a tree that keeps the rules', () => {
  const problems = problemsOf({
    'packages/core/src/handler.ts': "import { jwtVerify } from 'jose'\nimport { a } from './utils/a.ts'\n",
    'packages/core/src/utils/a.ts': lines(200),
    'packages/core/src/testing/long.ts': lines(300),
    'packages/core/src/handler.test.ts': `import 'vitest'\n${lines(300)}`,
  })
  expect(problems).toEqual([])
})

describe('file size', () => {
  it('names the first line past the limit, and says to split the file', () => {
    expect(problemsOf({ 'packages/core/src/a.ts': lines(201) })).toEqual([
      'packages/core/src/a.ts:201 is past the limit: 201 of 200 lines. Split the file along its ideas',
    ])
  })

  it('holds for the page of the dashboard', () => {
    const files = {
      'packages/dashboard/package.json': '{ "name": "@portico-mcp/dashboard" }',
      'packages/dashboard/page/form.tsx': lines(201),
    }
    expect(problemsOf(files)).toHaveLength(1)
  })

  it('does not let an excepted file grow', () => {
    const exceptions = { fileSize: { 'packages/core/src/a.ts': 210 } }
    expect(problemsOf({ 'packages/core/src/a.ts': lines(210) }, exceptions)).toEqual([])
    expect(problemsOf({ 'packages/core/src/a.ts': lines(211) }, exceptions)).toEqual([
      'packages/core/src/a.ts:211 is past the limit: 211 of 210 lines. Split the file along its ideas',
    ])
  })

  it('wants an exception deleted that is no longer needed', () => {
    const exceptions = { fileSize: { 'packages/core/src/a.ts': 210, 'packages/core/src/gone.ts': 300 } }
    expect(problemsOf({ 'packages/core/src/a.ts': lines(200) }, exceptions)).toEqual([
      'packages/core/src/a.ts is within 200 lines now: delete its exception',
      'packages/core/src/gone.ts is within 200 lines now: delete its exception',
    ])
  })
})

describe('import cycles', () => {
  const CIRCLE = {
    'packages/core/src/a.ts': "import { b } from './b.ts'\n",
    'packages/core/src/b.ts': "\nexport * from './c.ts'\n",
    'packages/core/src/c.ts': "import type { A } from './a.ts'\n",
  }

  it('names each import of a circle, also of types', () => {
    expect(problemsOf(CIRCLE)).toEqual([
      [
        'a circle of imports; move what both sides need into a file that imports neither:',
        '  packages/core/src/a.ts:1 imports packages/core/src/b.ts',
        '  packages/core/src/b.ts:2 imports packages/core/src/c.ts',
        '  packages/core/src/c.ts:1 imports packages/core/src/a.ts',
      ].join('\n'),
    ])
  })

  it('does not take a comment for an import', () => {
    const files = { ...CIRCLE, 'packages/core/src/c.ts': "// import type { A } from './a.ts'\n" }
    expect(problemsOf(files)).toEqual([])
  })

  it('names a circle of packages', () => {
    const problems = problemsOf({
      'packages/core/package.json':
        '{ "name": "@portico-mcp/core", "dependencies": { "@portico-mcp/node": "1" } }',
      'packages/node/package.json':
        '{ "name": "@portico-mcp/node", "dependencies": { "@portico-mcp/core": "1" } }',
      'packages/core/src/a.ts': "import '@portico-mcp/node'\n",
      'packages/node/src/a.ts': "import '@portico-mcp/core/internal'\n",
    })
    expect(problems).toEqual([
      [
        'a circle of imports; move what both sides need into a file that imports neither:',
        '  packages/core/src/a.ts:1 imports @portico-mcp/node',
        '  packages/node/src/a.ts:1 imports @portico-mcp/core',
      ].join('\n'),
    ])
  })

  it('takes an exception as long as it is needed', () => {
    const exceptions = { importCycles: ['packages/core/src/c.ts → packages/core/src/a.ts'] }
    expect(problemsOf(CIRCLE, exceptions)).toEqual([])
    expect(problemsOf({ 'packages/core/src/c.ts': '' }, exceptions)).toEqual([
      'packages/core/src/c.ts → packages/core/src/a.ts closes no circle of imports now: delete its exception',
    ])
  })
})

describe('import direction', () => {
  const UPWARDS = {
    'packages/core/src/http/sse.ts': "\nimport { serve } from '../modern/serve.ts'\n",
    'packages/core/src/modern/serve.ts': '',
  }

  it('names an import that goes upwards, and where the folder may import from', () => {
    expect(problemsOf(UPWARDS)).toEqual([
      'packages/core/src/http/sse.ts:2 imports modern/serve.ts: http may import from utils, protocol. Move the code that both need downwards, or pass it in as an argument',
    ])
  })

  it('takes an exception as long as it is needed', () => {
    const exceptions = { importDirection: ['http/sse.ts → modern/serve.ts'] }
    expect(problemsOf(UPWARDS, exceptions)).toEqual([])
    expect(problemsOf({ 'packages/core/src/http/sse.ts': '' }, exceptions)).toEqual([
      'core: http/sse.ts → modern/serve.ts is no wrong import now: delete its exception',
    ])
  })

  it('wants a rule for each folder', () => {
    const files = {
      'packages/core/src/new/a.ts': "import { b } from '../utils/b.ts'\n",
      'packages/core/src/utils/b.ts': '',
    }
    expect(problemsOf(files)).toEqual([
      'packages/core/src/new/a.ts:1 is in a folder without a rule: add new to CORE_DIRECTIONS',
    ])
  })
})

describe('undeclared imports', () => {
  it('names the import, and the manifest that lacks it', () => {
    expect(
      problemsOf({ 'packages/core/src/a.ts': "import 'node:fs'\nimport { z } from 'zod/v4/core'\n" }),
    ).toEqual([
      'packages/core/src/a.ts:2 imports zod: add it to dependencies or peerDependencies of @portico-mcp/core',
    ])
  })
})

describe('duplicates', () => {
  const body = Array.from({ length: 10 }, (_, i) => `  total += price${i} * 1${i}`).join('\n')
  const COPIES = {
    'packages/core/src/a.ts': `export function sum() {\n${body}\n}\n`,
    'packages/core/src/b.ts': `// the same with another name\n\nexport function add() {\n${body}\n}\n`,
  }

  it('names both places', () => {
    expect(problemsOf(COPIES)).toEqual([
      'packages/core/src/b.ts:3-14 is a copy of packages/core/src/a.ts:1-12 (64 tokens): keep one, and import it',
    ])
  })

  it('takes fewer equal tokens, and equal imports', () => {
    const names = Array.from({ length: 80 }, (_, i) => `name${i}`).join(', ')
    const imports = `import { ${names} } from './c.ts'\n`
    const files = {
      'packages/core/src/a.ts': `${imports}run(1)\n`,
      'packages/core/src/b.ts': `${imports}run(1)\n`,
    }
    expect(problemsOf(files)).toEqual([])
  })

  it('takes an exception as long as it is needed', () => {
    const exceptions = { duplicates: ['packages/core/src/a.ts ~ packages/core/src/b.ts'] }
    expect(problemsOf(COPIES, exceptions)).toEqual([])
    expect(problemsOf({ 'packages/core/src/b.ts': '' }, exceptions)).toEqual([
      'packages/core/src/a.ts ~ packages/core/src/b.ts share no code now: delete their exception',
    ])
  })
})

describe('budgets', () => {
  it('list what a call runs that runs too much', () => {
    const limits = { '2026-07-28': { modules: 1, functions: 2 } }
    const handler = { path: 'packages/core/dist/handler.js', ran: ['answer', 'serve'] }
    const sse = { path: 'packages/core/dist/http/sse.js', ran: ['openEventStream'] }
    expect(findCallPathExcess({ era: '2026-07-28', modules: [handler], functions: 2 }, limits)).toEqual([])
    expect(findCallPathExcess({ era: '2026-07-28', modules: [handler, sse], functions: 3 }, limits)).toEqual([
      [
        'packages: a warm tools/call of 2026-07-28 on node:http runs 2 modules (at most 1) and 3 functions (at most 2). Shorten its path, or raise LIMITS in scripts/rules/call-path.mjs with a reason in the commit. It runs:',
        '  packages/core/dist/handler.js: answer, serve',
        '  packages/core/dist/http/sse.js: openEventStream',
      ].join('\n'),
    ])
  })

  it('name the package that has grown', () => {
    const row = { name: 'core', unpacked: 900, installed: 19_000 }
    expect(findSizeExcess(row, { core: [900, 19_000] })).toEqual([])
    expect(findSizeExcess(row, { core: [899, 19_000] })).toEqual([
      'packages/core: the unpacked package has 900 kB, more than 899 kB. Find what has grown, or raise the limit in scripts/rules/install-size.mjs with a reason in the commit',
    ])
    expect(findSizeExcess(row, { core: [900, 18_999] })).toEqual([
      'packages/core: the package with its dependencies has 19000 kB, more than 18999 kB. Find what has grown, or raise the limit in scripts/rules/install-size.mjs with a reason in the commit',
    ])
  })
})

describe('manifests', () => {
  const COMPLETE = {
    name: '@portico-mcp/core',
    version: '1.2.3',
    description: 'Serves MCP',
    keywords: ['mcp', 'http', 'fetch'],
    ...expectedFields('core'),
    sideEffects: false,
    files: ['dist'],
    publishConfig: PUBLISH_CONFIG,
  }
  const README =
    '# @portico-mcp/core\n\n`npm install @portico-mcp/core`, [guide](https://example.com)\n\n| option |\n| --- |\n'

  function check(manifest: object, readme = README, license = 'MIT'): string[] {
    writeFiles({
      LICENSE: 'MIT',
      'packages/core/package.json': JSON.stringify({ ...COMPLETE, ...manifest }),
      'packages/core/README.md': readme,
      'packages/core/LICENSE': license,
    })
    return checkManifests(root)
  }

  it('finds nothing in a package that is complete', () => {
    expect(check({})).toEqual([])
  })

  it.each([
    ['repository', { repository: undefined }],
    ['homepage', { homepage: 'https://example.com' }],
    ['bugs', { bugs: undefined }],
    ['engines', { engines: { node: '>=18' } }],
    ['keywords', { keywords: ['mcp'] }],
    ['publishConfig', { publishConfig: { access: 'public' } }],
    ['files', { files: undefined }],
    ['sideEffects', { sideEffects: undefined }],
    ['funding', { funding: 'https://example.com' }],
  ])('names %s', (field, manifest) => {
    const manifestProblems = check(manifest)
    expect(manifestProblems).toHaveLength(1)
    expect(manifestProblems[0]).toMatch(new RegExp(`^packages/core/package.json: ${field} must`))
  })

  it('wants one version for all packages', () => {
    writeFiles({
      'packages/node/package.json': JSON.stringify({
        ...COMPLETE,
        ...expectedFields('node'),
        name: '@portico-mcp/node',
        version: '1.2.4',
      }),
      'packages/node/README.md': README.replaceAll('core', 'node'),
      'packages/node/LICENSE': 'MIT',
    })
    expect(check({})).toEqual(['packages/node/package.json: version must be "1.2.3"; npm run format sets it'])
  })

  it('wants the license, an install command, options, and links that work from a registry', () => {
    expect(check({}, '# @portico-mcp/core\n\n[guide](../../docs/01-start.md)\n', 'Other')).toEqual([
      'packages/core/LICENSE must be a copy of LICENSE; npm run format writes it',
      'packages/core/README.md must say how to install @portico-mcp/core',
      'packages/core/README.md must have a table of the options or exports',
      'packages/core/README.md links to ../../docs/01-start.md, which a registry does not have; link to https://github.com/portico-mcp/portico/blob/main/…',
    ])
  })
})

describe('links', () => {
  it('finds those that lead nowhere', () => {
    writeFiles({
      'README.md': '[a](docs/a.md#part) [b](docs/b.md) [c](https://example.com/c)\n',
      'docs/a.md': '\n[back](../README.md), [gone](../packages/gone.ts)\n',
    })
    expect(checkLinks(root).problems).toEqual([
      'README.md:1 links to docs/b.md, which does not exist',
      'docs/a.md:2 links to ../packages/gone.ts, which does not exist',
    ])
  })
})
