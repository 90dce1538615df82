import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from './workspace.mjs'

const OPTIONS = /\b\w+(?:Options|Definition)\b/g

// type arguments of generic options
const ARGUMENTS = { GatedToolRegistrarOptions: '<{ userId: string }, object>' }

/**
 * Checks that every optional member of every exported `…Options` type takes `undefined`, as a project with
 * `exactOptionalPropertyTypes` writes it: `port: process.env.PORT ? Number(process.env.PORT) : undefined`.
 *
 * @returns How many types were checked.
 */
export function checkOptionTypes() {
  const types = readdirSync(join(root, 'packages')).flatMap(optionTypesOf)
  // within the workspace, so that the packages are found
  const folder = join(root, 'scripts/.option-types')
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(join(folder, 'check.ts'), source(types))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    runTool('tsc', '-p', folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
  return types.length
}

function optionTypesOf(name) {
  const index = readFileSync(join(root, 'packages', name, 'dist/index.d.ts'), 'utf8')
  const exported = index.replace(/\w+ as /g, '')
  return [...new Set(exported.match(OPTIONS) ?? [])].map((type) => ({ name, type }))
}

const source = (types) => `
type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T]
/** The members that do not take undefined. */
type Refusing<T> = { [K in Optional<T>]: { [P in K]: undefined } extends Pick<T, K> ? never : K }[Optional<T>]
type Check<T> = [Refusing<T>] extends [never] ? 'takes undefined' : { [K in Refusing<T>]: 'add | undefined' }
${types
  .map(
    ({ name, type }, index) =>
      `import type { ${type} as T${index} } from '../../packages/${name}/dist/index.js'
/** ${type} of ${name} */
export const ${type}_of_${name}_${index}: Check<T${index}${ARGUMENTS[type] ?? ''}> = 'takes undefined'`,
  )
  .join('\n')}
`

const config = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { exactOptionalPropertyTypes: true, noEmit: true, composite: false, rootDir: '../..' },
  files: ['check.ts'],
}
