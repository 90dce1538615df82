import { captureTool, root } from '../workspace.mjs'
import { readPackages } from './sources.mjs'

/**
 * The parts of the check, those that take longest first. Each answers with results of rules: what is wrong (one text
 * for each place, with file, line and what to do), and a line that sums up. Each loads what it needs, since each runs
 * in a process of its own.
 */
export const parts = {
  'regular-expressions': async () => {
    const { checkRegularExpressions } = await import('./regular-expressions.mjs')
    return [checkRegularExpressions(readPackages(root))]
  },
  docs: async () => [
    await runAsRule(
      'the snippets run',
      'vitest',
      'run',
      '--config',
      'vitest.workspace.ts',
      '--project',
      'rest',
      'docs/',
    ),
  ],
  site: async () => {
    const { buildSite } = await import('../../site/build.mjs')
    return [await buildSite()]
  },
  packaging: async () => {
    const { checkPackaging } = await import('./packaging.mjs')
    return [await checkPackaging()]
  },
  format: async () => [
    await runAsRule('lint and format are as biome.json says', 'biome', 'check', '--error-on-warnings', '.'),
  ],
  sources: async () => {
    const { checkSources } = await import('./check-sources.mjs')
    const { exceptions } = await import('./exceptions.mjs')
    const { checkLinks } = await import('./links.mjs')
    return [...checkSources(readPackages(root), exceptions), checkLinks(root)]
  },
  budgets: async () => {
    const { checkBundleSize } = await import('./bundle-size.mjs')
    const { checkCallPaths } = await import('./call-path.mjs')
    return [await checkBundleSize(), await checkCallPaths()]
  },
  'option-types': async () => {
    const { checkOptionTypes } = await import('./option-types.mjs')
    return [await checkOptionTypes(readPackages(root))]
  },
}

async function runAsRule(summary, name, ...args) {
  const { failed, output } = await captureTool(name, ...args)
  return { problems: failed ? [output] : [], summary }
}
