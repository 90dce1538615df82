import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkBundle } from './bundle.mjs'
import { undeclaredImports } from './imports.mjs'
import { checkOptionTypes } from './option-types.mjs'
import { checkRegularExpressions } from './regular-expressions.mjs'
import { install, runPnpm, runTool } from './workspace.mjs'

install()
heading('types')
runTool('tsc', '-b')
console.log(`${checkOptionTypes()} option types take undefined`)
heading('lint and format')
runTool('biome', 'check', '--error-on-warnings', '.')
heading('regular expressions')
console.log(`${checkRegularExpressions()} are linear`)
heading('imports')
checkImports()
heading('packaging')
checkPackaging()
heading('bundle size')
await checkBundle()
// `npm test` has run the snippets already
if (!process.argv.includes('--tested')) {
  heading('docs snippets')
  runTool('vitest', 'run', '--config', 'vitest.workspace.ts', '--project', 'docs')
}

function checkImports() {
  const undeclared = undeclaredImports()
  if (undeclared.length > 0) throw new Error(undeclared.join('\n'))
  console.log('every import is declared by the package that imports it')
}

function checkPackaging() {
  const packed = mkdtempSync(join(tmpdir(), 'portico-packed-'))
  runPnpm('--recursive', '--filter', './packages/*', 'pack', '--pack-destination', packed)
  for (const file of readdirSync(packed)) {
    runTool('publint', '--strict', join(packed, file))
    runTool('attw', '--quiet', '--profile', 'esm-only', join(packed, file))
  }
  rmSync(packed, { recursive: true })
}

function heading(title) {
  console.log(`\n── ${title}`)
}
