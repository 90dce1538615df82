import type { CheckedSource } from './introduce.ts'
import { loadModule, resolveFile } from './load-module.ts'
import { createProgramSource } from './program-source.ts'
import type { ServerTarget } from './target.ts'
import { createUrlSource } from './url-source.ts'

/**
 * Creates what serves a target.
 *
 * @throws CommandError if a module cannot be served; what it throws.
 */
export async function createSource(target: ServerTarget): Promise<CheckedSource> {
  if (target.kind === 'command') return createProgramSource(target)
  if (target.kind === 'url') return createUrlSource(target)
  return { input: await loadModule(resolveFile(target.file), target.exportName) }
}
