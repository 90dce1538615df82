import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parse } from 'acorn'
import { transformSync } from 'esbuild'
import { root } from '../workspace.mjs'

// the checker has native builds, and one in JavaScript that needs nothing
process.env.RECHECK_BACKEND = 'pure'
const { checkSync } = await import('recheck')

/** Without a limit of time, and with the same guesses in each run: a slow machine finds what a fast one does. */
const THOROUGH = { timeout: null, incubationTimeout: null, attackTimeout: null, randomSeed: 1 }

/** Sources of expressions that are put together at run time, each with what keeps them from a client's text. */
const BUILT = {
  'packages/core/src/json-schema/formats.ts': 'checks whether a text is an expression, and never runs it',
  'packages/core/src/json-schema/schema-index.ts': 'a pattern of the schema, which the server wrote',
  'packages/dashboard/page/form/text-rules.ts':
    'a pattern of a tool, which the server wrote; groups that repeat and long texts are not matched',
  'packages/dashboard/page/sign-in/challenge.ts': 'a parameter of the challenge that this server sent',
}

/** Files whose expressions run over what is written in code alone, with what that is. */
const TRUSTED = {
  'packages/core/src/server/fast/sdk-methods.ts': 'names of methods',
}

/** Expressions that were found to be linear on this machine. */
const LINEAR = `${root}node_modules/.portico-linear-expressions.json`

/**
 * Expressions that take the checker up to four seconds each. Its answer does not depend on the machine, so it counts
 * until another version of the checker is installed. An expression that takes long may be added by hand.
 */
const JUDGED = readJson(new URL('judged-expressions.json', import.meta.url))
const { version } = readJson(createRequire(import.meta.url).resolve('recheck/package.json'))

/** Finds regular expressions that need more than linear time on a hostile text. */
export function checkRegularExpressions(packages) {
  const problems = []
  const expressions = new Map()
  for (const source of packages.flatMap(({ sources }) => sources).filter(({ path }) => !(path in TRUSTED))) {
    for (const { regex, built } of findExpressions(source)) {
      if (regex) expressions.set(`/${regex.pattern}/${regex.flags}`, { source, ...regex })
      else if (!(source.path in BUILT)) problems.push(explainBuilt(source, built))
    }
  }
  const judged = JUDGED.recheck === version ? JUDGED.linear : []
  const known = new Set([...judged, ...readLinear()])
  problems.push(...JUDGED.linear.filter((text) => !expressions.has(text)).map(explainUnused))
  for (const [text, { source, pattern, flags }] of expressions) {
    const problem = known.has(text) ? undefined : explain(pattern, flags)
    if (problem) problems.push(`${source.path}:${lineOf(source, text)}: ${text} ${problem}`)
    else known.add(text)
  }
  writeFileSync(LINEAR, JSON.stringify([...known]))
  return { problems, summary: `${expressions.size} regular expressions are linear` }
}

function explainBuilt(source, built) {
  return `${source.path}:${lineOf(source, 'RegExp(')}: ${built} is built at run time: write it as a literal, or add the file to BUILT in scripts/rules/regular-expressions.mjs with what keeps clients' texts out of it`
}

const explainUnused = (text) =>
  `scripts/rules/judged-expressions.json: no source has ${text}: delete it from the list`

const lineOf = ({ text }, part) => text.slice(0, Math.max(text.indexOf(part), 0)).split('\n').length

/** Why an expression is not linear; undefined if it is. */
function explain(pattern, flags) {
  const { status, complexity, attack, error } = checkSync(pattern, flags, THOROUGH)
  if (status === 'safe') return undefined
  if (status === 'unknown') return `cannot be judged (${error.kind})`
  return `takes ${complexity.summary} time, for example on ${attack.pattern}: rewrite it, or match with string methods`
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function readLinear() {
  try {
    return readJson(LINEAR)
  } catch {
    return []
  }
}

function findExpressions({ path, text }) {
  const { code } = transformSync(text, {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    jsx: 'automatic',
    target: 'esnext',
  })
  const found = []
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type === 'Literal' && node.regex) found.push({ regex: node.regex })
    const isCall = node.type === 'NewExpression' || node.type === 'CallExpression'
    if (isCall && node.callee.name === 'RegExp') found.push({ built: code.slice(node.start, node.end) })
  })
  return found
}

function visit(node, look) {
  if (typeof node !== 'object' || node === null) return
  if (typeof node.type === 'string') look(node)
  for (const child of Object.values(node)) visit(child, look)
}
