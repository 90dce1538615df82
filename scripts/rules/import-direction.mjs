/**
 * Which folders of core each folder may import from, besides itself. `''` stands for the files beside the folders.
 */
const GROUND = ['utils', 'json-schema', 'http', 'protocol', 'identity']
export const CORE_DIRECTIONS = {
  utils: [],
  'json-schema': ['utils'],
  http: ['utils', 'protocol'],
  protocol: ['utils', 'http'],
  identity: ['utils', 'http', 'protocol'],
  input: GROUND,
  server: [...GROUND, 'input'],
  modern: [...GROUND, 'input', 'server'],
  legacy: [...GROUND, 'input', 'server'],
  '': [...GROUND, 'input', 'server', 'modern', 'legacy'],
}

const CORE = 'packages/core/src/'

/**
 * Finds imports inside core that go against the order of its folders.
 *
 * @param exceptions Imports that may do so for now, as `from → to`, relative to core's sources.
 */
export function checkImportDirection(packages, exceptions = [], directions = CORE_DIRECTIONS) {
  const edges = packages.flatMap(({ sources }) => sources.flatMap(coreEdges))
  const wrong = edges.filter((edge) => !isAllowed(edge, directions))
  const excepted = new Set(exceptions)
  const wrongNames = new Set(wrong.map(nameEdge))
  return {
    problems: [
      ...wrong.filter((edge) => !excepted.has(nameEdge(edge))).map((edge) => describe(edge, directions)),
      ...exceptions
        .filter((exception) => !wrongNames.has(exception))
        .map((exception) => `core: ${exception} is no wrong import now: delete its exception`),
    ],
    summary: `${edges.length} imports inside core go one way${exceptions.length > 0 ? `, but for ${exceptions.length} exceptions` : ''}`,
  }
}

function coreEdges({ path, imports }) {
  if (!path.startsWith(CORE)) return []
  return imports
    .filter(({ target }) => target?.startsWith(CORE))
    .map(({ target, line }) => ({ from: path.slice(CORE.length), to: target.slice(CORE.length), line }))
}

const nameEdge = ({ from, to }) => `${from} → ${to}`
const folderOf = (path) => (path.includes('/') ? path.split('/')[0] : '')

function isAllowed({ from, to }, directions) {
  return folderOf(from) === folderOf(to) || !!directions[folderOf(from)]?.includes(folderOf(to))
}

function describe({ from, to, line }, directions) {
  const allowed = directions[folderOf(from)]
  if (!allowed)
    return `${CORE}${from}:${line} is in a folder without a rule: add ${folderOf(from)} to CORE_DIRECTIONS`
  const list =
    allowed.length > 0 ? allowed.map((folder) => folder || 'the root').join(', ') : 'no other folder'
  return `${CORE}${from}:${line} imports ${to}: ${folderOf(from) || 'the root'} may import from ${list}. Move the code that both need downwards, or pass it in as an argument`
}
