import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CreateError, createProject } from './index.ts'
import { parseArguments } from './parse-arguments.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-portico-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof CreateError) return error.code
    throw error
  }
  return 'no error'
}

describe.each(['node', 'workers', 'lambda', 'next'] as const)('a project for %s', (runtime) => {
  it.each([false, true])(
    'has the same version of every package, and no placeholder (sign-in: %s)',
    (signIn) => {
      createProject(join(folder, 'shop'), { runtime, signIn })
      const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
      const { name, dependencies, devDependencies } = JSON.parse(read('shop/package.json'))
      expect(name).toBe('shop')
      for (const [dependency, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (dependency.startsWith('@portico-mcp/')) expect(range).toBe(`^${version}`)
      }
      const files = readdirSync(join(folder, 'shop'), { recursive: true, withFileTypes: true })
      for (const file of files.filter((entry) => entry.isFile())) {
        expect(file.name).not.toContain('.template')
        expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toMatch(/__[A-Z]+__/)
      }
      expect(existsSync(join(folder, 'shop/.gitignore'))).toBe(true)
    },
  )

  it('signs callers in only if asked to', () => {
    createProject(join(folder, 'open'), { runtime })
    createProject(join(folder, 'gated'), { runtime, signIn: true })
    const sources = (name: string) =>
      readdirSync(join(folder, name, 'src'))
        .map((file) => read(`${name}/src/${file}`))
        .join('\n')
    expect(sources('open')).not.toContain('OIDC_ISSUER')
    expect(sources('gated')).toContain('OIDC_ISSUER')
  })
})

describe('a folder', () => {
  it('must be empty, but for a repository', () => {
    mkdirSync(join(folder, 'shop/.git'), { recursive: true })
    createProject(join(folder, 'shop'))
    writeFileSync(join(folder, 'shop/package.json'), 'mine')
    expect(codeOf(() => createProject(join(folder, 'shop')))).toBe('folder-not-empty')
    expect(read('shop/package.json')).toBe('mine')
  })

  it.each(['My Server', 'Ä', '.hidden', '-x'])('must have the name of a package: %s', (name) => {
    expect(codeOf(() => createProject(join(folder, name)))).toBe('name-invalid')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('the command line', () => {
  it('asks for a server on Node without sign-in, unless it says otherwise', () => {
    expect(parseArguments([])).toEqual({
      folder: 'my-mcp-server',
      runtime: 'node',
      signIn: false,
      wants: 'project',
    })
    expect(parseArguments(['shop', '--runtime', 'next', '--sign-in'])).toMatchObject({
      folder: 'shop',
      runtime: 'next',
      signIn: true,
    })
    expect(parseArguments(['--help']).wants).toBe('help')
  })

  it.each([
    ['option-unknown', ['--runtim', 'node']],
    ['option-unknown', ['one', 'two']],
    ['option-invalid', ['--runtime', 'deno']],
  ])('is rejected: %s', (code, args) => {
    expect(codeOf(() => parseArguments(args))).toBe(code)
  })
})
