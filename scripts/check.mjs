import { compile } from './compile.mjs'
import { parts } from './rules/parts.mjs'
import { runParts } from './rules/run-parts.mjs'
import { install } from './workspace.mjs'

// `npm run check` checks everything; `npm run check -- sources packaging` only these parts
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const unknown = names.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  throw new Error(`check: there is no ${unknown.join(', ')}; the parts are ${Object.keys(parts).join(', ')}`)
}
install()
// the other parts look at what is built
compile()
// `npm test` has run the snippets already
const all = Object.keys(parts).filter((name) => name !== 'docs' || !process.argv.includes('--tested'))
await runParts(names.length > 0 ? names : all)
