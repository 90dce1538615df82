import { spawnSync } from 'node:child_process'

/** Returns where a module cannot be parsed, and why; undefined for any other error. */
export function explainSyntaxError(error: unknown, file: string): string | undefined {
  const { name, message } = error as Error
  // esbuild, by which tsx reads TypeScript: a heading, then a line for each place
  if (name === 'TransformError') return message.split('\n').slice(1).join('\n')
  if (error instanceof SyntaxError) return findInJavaScript(file) ?? `${file}, or what it imports: ${message}`
  return undefined
}

// Node keeps the place to itself, unless it reports the error.
function findInJavaScript(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 })
  const end = /^SyntaxError: .*$/m.exec(stderr)
  return end ? stderr.slice(0, end.index + end[0].length) : undefined
}
