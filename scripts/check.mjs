import { readdirSync } from 'node:fs'
import { checkBundle } from './bundle.mjs'
import { install, root, runTool } from './workspace.mjs'

install()
heading('types')
runTool('tsc', '-b')
heading('lint and format')
runTool('biome', 'check', '--error-on-warnings', '.')
heading('packaging')
for (const name of readdirSync(`${root}packages`)) {
  runTool('publint', '--strict', `packages/${name}`)
  runTool('attw', '--profile', 'esm-only', '--pack', `packages/${name}`)
}
heading('bundle size')
await checkBundle()
// `npm test` has run the snippets already
if (!process.argv.includes('--tested')) {
  heading('docs snippets')
  runTool('vitest', 'run', '--config', 'vitest.workspace.ts', '--project', 'docs')
}

function heading(title) {
  console.log(`\n── ${title}`)
}
