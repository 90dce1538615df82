import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { captureTool, root } from '../workspace.mjs'

// a function, such as `checkOptions`, begins with a small letter
const OPTIONS = /\b[A-Z]\w*(?:Options|Definition)\b/g

// type arguments of generic options
const ARGUMENTS = { GatedToolRegistrarOptions: '<{ userId: string }, object>' }

/**
 * Checks that every optional member of every exported `…Options` type takes `undefined`, as a project with
 * `exactOptionalPropertyTypes` writes it: `port: process.env.PORT ? Number(process.env.PORT) : undefined`.
 */
export async function checkOptionTypes(packages) {
  const types = packages.flatMap(listOptionTypes)
  // within the workspace, so that the packages are found
  const folder = join(root, 'scripts/.option-types')
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(join(folder, 'check.ts'), source(types))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { failed, output } = await captureTool('tsc', '--pretty', 'false', '-p', folder)
    return {
      problems: failed ? [`write these members as \`name?: Type | undefined\`:\n${output}`] : [],
      summary: `${types.length} option types take undefined`,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function listOptionTypes({ folder, manifest }) {
  return Object.values(manifest.exports)
    .filter(({ types }) => types)
    .map(({ types }) => `packages/${folder}/${types.replace('./', '')}`)
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => {
      const exported = readFileSync(join(root, path), 'utf8').replace(/\w+ as /g, '')
      return [...new Set(exported.match(OPTIONS) ?? [])].map((type) => ({ path, type }))
    })
}

const source = (types) => `
type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T]
/** The members that do not take undefined. */
type Refusing<T> = { [K in Optional<T>]: { [P in K]: undefined } extends Pick<T, K> ? never : K }[Optional<T>]
type Check<T> = [Refusing<T>] extends [never] ? 'takes undefined' : { [K in Refusing<T>]: 'add | undefined' }
${types
  .map(
    ({ path, type }, index) =>
      `import type { ${type} as T${index} } from '../../${path.replace(/\.d\.ts$/, '.js')}'
/** ${type} of ${path} */
export const ${type}_${index}: Check<T${index}${ARGUMENTS[type] ?? ''}> = 'takes undefined'`,
  )
  .join('\n')}
`

const config = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { exactOptionalPropertyTypes: true, noEmit: true, composite: false, rootDir: '../..' },
  files: ['check.ts'],
}
