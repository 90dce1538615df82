/** How many lines a source may have. */
export const MAX_LINES = 200

/**
 * Finds sources that are too long.
 *
 * @param exceptions Paths of files that may be longer for now, each with its number of lines.
 */
export function checkFileSize(packages, exceptions = {}) {
  const lines = new Map(
    packages.flatMap(({ sources }) => sources.map(({ path, text }) => [path, countLines(text)])),
  )
  const limitOf = (path) => exceptions[path] ?? MAX_LINES
  return {
    problems: [
      ...[...lines]
        .filter(([path, count]) => count > limitOf(path))
        .map(
          ([path, count]) =>
            `${path}:${limitOf(path) + 1} is past the limit: ${count} of ${limitOf(path)} lines. Split the file along its ideas`,
        ),
      ...Object.keys(exceptions)
        .filter((path) => (lines.get(path) ?? 0) <= MAX_LINES)
        .map((path) => `${path} is within ${MAX_LINES} lines now: delete its exception`),
    ],
    summary: `${lines.size} files have at most ${MAX_LINES} lines${countExceptions(exceptions)}`,
  }
}

const countLines = (text) => text.replace(/\n$/, '').split('\n').length

const countExceptions = (exceptions) => {
  const count = Object.keys(exceptions).length
  return count > 0 ? `, but for ${count} exceptions` : ''
}
