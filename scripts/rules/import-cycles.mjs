import { packageOf } from './sources.mjs'

/**
 * Finds circles of imports: between the files of a package, and between packages. Imports of types count, since a
 * reader follows them too.
 *
 * @param exceptions Imports that may close a circle for now, as `from → to`.
 */
export function checkImportCycles(packages, exceptions = []) {
  const edges = [...packages.flatMap(fileEdges), ...packageEdges(packages)]
  const kept = edges.filter((edge) => !exceptions.includes(nameEdge(edge)))
  const files = packages.reduce((count, { sources }) => count + sources.length, 0)
  return {
    problems: [
      ...findCycles(kept).map(describeCycle),
      ...exceptions
        .filter((exception) => isNeedless(exception, exceptions, edges))
        .map((exception) => `${exception} closes no circle of imports now: delete its exception`),
    ],
    summary: `no circles among ${files} files and ${packages.length} packages${exceptions.length > 0 ? `, but for ${exceptions.length} exceptions` : ''}`,
  }
}

const nameEdge = ({ from, to }) => `${from} → ${to}`

function isNeedless(exception, exceptions, edges) {
  const others = exceptions.filter((other) => other !== exception)
  const kept = edges.filter((edge) => !others.includes(nameEdge(edge)))
  return !findCycles(kept).some((cycle) => cycle.some((edge) => nameEdge(edge) === exception))
}

function fileEdges({ sources }) {
  const paths = new Set(sources.map(({ path }) => path))
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => paths.has(target))
      .map(({ target, line }) => ({ from: path, to: target, at: `${path}:${line}` })),
  )
}

function packageEdges(packages) {
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  return packages.flatMap(({ manifest: { name }, sources }) =>
    sources.flatMap(({ path, imports }) =>
      imports
        .map(({ specifier, line }) => ({ from: name, to: packageOf(specifier), at: `${path}:${line}` }))
        .filter(({ to }) => to !== name && names.has(to)),
    ),
  )
}

/** Finds a shortest circle through each group of nodes that reach each other. */
function findCycles(edges) {
  const outgoing = groupByStart(edges)
  const seen = new Set()
  return [...outgoing.keys()].flatMap((start) => {
    if (seen.has(start)) return []
    const cycle = findCycle(start, outgoing)
    for (const { from } of cycle ?? []) seen.add(from)
    return cycle ? [cycle] : []
  })
}

function groupByStart(edges) {
  const groups = new Map()
  for (const edge of edges) groups.set(edge.from, [...(groups.get(edge.from) ?? []), edge])
  return groups
}

/** Searches breadth first for the shortest way from a node back to itself. */
function findCycle(start, outgoing) {
  const reachedBy = new Map()
  const queue = [start]
  for (const node of queue) {
    for (const edge of outgoing.get(node) ?? []) {
      if (edge.to === start) return [...pathTo(node, start, reachedBy), edge]
      if (!reachedBy.has(edge.to)) {
        reachedBy.set(edge.to, edge)
        queue.push(edge.to)
      }
    }
  }
  return undefined
}

function pathTo(node, start, reachedBy) {
  if (node === start) return []
  const edge = reachedBy.get(node)
  return [...pathTo(edge.from, start, reachedBy), edge]
}

function describeCycle(cycle) {
  const steps = cycle.map(({ at, to }) => `  ${at} imports ${to}`)
  return `a circle of imports; move what both sides need into a file that imports neither:\n${steps.join('\n')}`
}
