/** From how many equal tokens in a row on, code counts as copied. Comments count, imports and re-exports do not. */
export const MAX_EQUAL_TOKENS = 60

// products of the two stay below 2 ** 53; runs with equal hashes are compared token by token
const PRIME = 67_108_859
const BASE = 1_000_003

const TOKEN = /[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu
const IMPORT = /^(?:import|export)\b(?:[^'"`=(]*\bfrom\b)?\s*['"][^'"\n]+['"];?$/gm

/**
 * Finds code that stands in two places: in two files of the packages, or twice in one.
 *
 * @param exceptions Pairs of files that may share code for now, as `one ~ other`.
 */
export function checkDuplicates(packages, exceptions = [], maxEqualTokens = MAX_EQUAL_TOKENS) {
  const files = packages.flatMap(({ sources }) => sources.map(tokenize))
  const copies = findCopies(files, maxEqualTokens)
  const names = new Set(copies.map(namePair))
  return {
    problems: [
      ...copies.filter((copy) => !exceptions.includes(namePair(copy))).map(describeCopy),
      ...exceptions
        .filter((exception) => !names.has(exception))
        .map((exception) => `${exception} share no code now: delete their exception`),
    ],
    summary: `nowhere do ${maxEqualTokens} tokens in a row stand twice${exceptions.length > 0 ? `, but for ${exceptions.length} exceptions` : ''}`,
  }
}

function tokenize({ path, text }) {
  const code = text.replace(IMPORT, (statement) => statement.replace(/[^\n]/g, ' '))
  const tokens = code
    .split('\n')
    .flatMap((line, index) => (line.match(TOKEN) ?? []).map((token) => ({ token, line: index + 1 })))
  return { path, tokens }
}

/** Looks each run of tokens up among those that came before, and follows a find as far as both go on equally. */
function findCopies(files, length) {
  const firsts = new Map()
  const copies = []
  for (const file of files) {
    const hashes = hashRuns(file.tokens, length)
    for (let start = 0; start < hashes.length; ) {
      const first = firsts.get(hashes[start])
      if (!first) firsts.set(hashes[start], { file, start })
      const equal = first ? countEqual(first, { file, start }) : 0
      if (equal >= length) copies.push({ first, second: { file, start }, length: equal })
      start += equal >= length ? equal : 1
    }
  }
  return copies
}

/** Hashes each run of `length` tokens, from the hash of the run before: a polynomial modulo a prime. */
function hashRuns(tokens, length) {
  const values = tokens.map(({ token }) => hashText(token))
  let highest = 1
  for (let i = 1; i < length; i++) highest = (highest * BASE) % PRIME
  const hashes = []
  let hash = 0
  for (const [index, value] of values.entries()) {
    if (index >= length) hash = (hash + PRIME - ((values[index - length] * highest) % PRIME)) % PRIME
    hash = (hash * BASE + value) % PRIME
    if (index + 1 >= length) hashes.push(hash)
  }
  return hashes
}

function hashText(text) {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (hash * BASE + text.charCodeAt(i)) % PRIME
  return hash
}

/** Counts how many tokens are equal from two places on; within one file the two must not overlap. */
function countEqual(first, second) {
  const most = first.file === second.file ? second.start - first.start : Number.POSITIVE_INFINITY
  let count = 0
  while (count < most && tokenAt(first, count) && tokenAt(first, count) === tokenAt(second, count)) count++
  return count
}

const tokenAt = ({ file, start }, offset) => file.tokens[start + offset]?.token

const namePair = ({ first, second }) => `${first.file.path} ~ ${second.file.path}`

function describeCopy({ first, second, length }) {
  return `${describePlace(second, length)} is a copy of ${describePlace(first, length)} (${length} tokens): keep one, and import it`
}

function describePlace({ file, start }, length) {
  return `${file.path}:${file.tokens[start].line}-${file.tokens[start + length - 1].line}`
}
