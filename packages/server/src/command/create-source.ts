import { loadModule, resolveFile } from './load-module.ts'
import { type CheckedSource, createProgramSource } from './program-source.ts'
import type { ServerTarget } from './target.ts'

/**
 * Creates what serves a target.
 *
 * @throws CommandError if a module cannot be served; what it throws.
 */
export async function createSource(target: ServerTarget): Promise<CheckedSource> {
  if (target.kind === 'command') return createProgramSource(target)
  return { input: await loadModule(resolveFile(target.file), target.exportName) }
}
