/** A value inside of another, and the path to it. */
export interface TreeNode {
  name: string
  /** A JSONPath (RFC 9535), such as `$.items[0].name`. */
  path: string
  value: unknown
}

const MAX_MATCHES = 100
const MAX_VISITED = 100_000

/** Lists the members or items of a value. */
export function childrenOf(value: unknown, path: string): TreeNode[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => ({ name: String(index), path: `${path}[${index}]`, value: item }))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, member]) => ({ name, path: path + stepTo(name), value: member }))
}

const stepTo = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`

/** Finds names and values that contain a text. */
export function findMatches(root: unknown, query: string): { nodes: TreeNode[]; isCut: boolean } {
  const wanted = query.trim().toLowerCase()
  const nodes: TreeNode[] = []
  if (wanted === '') return { nodes, isCut: false }
  const waiting = childrenOf(root, '$').reverse()
  let visited = 0
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visited += 1
    if (nodes.length === MAX_MATCHES || visited > MAX_VISITED) return { nodes, isCut: true }
    if (isMatch(node, wanted)) nodes.push(node)
    waiting.push(...childrenOf(node.value, node.path).reverse())
  }
  return { nodes, isCut: false }
}

function isMatch({ name, value }: TreeNode, wanted: string): boolean {
  if (name.toLowerCase().includes(wanted)) return true
  return typeof value !== 'object' && String(value).toLowerCase().includes(wanted)
}
