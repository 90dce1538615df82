import { root } from '../workspace.mjs'

/** How many bytes core's own code may have, minified. Lower it freely; raise it with a reason in the commit. */
const LIMIT = 118_000
const FORBIDDEN = ['express', 'hono', 'ajv']

// Imports alone: `process.getBuiltinModule('node:crypto')` returns undefined on platforms without the module.
const NODE_MODULE = /\b(?:from|import|import\(|require\()\s*["'`]node:/

/** Bundles core's own code, and checks that it has not grown too large and holds nothing that is bound to a platform. */
export async function checkBundleSize() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [`${root}packages/core/dist/index.js`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    external: ['@modelcontextprotocol/sdk/*', 'jose/*', 'zod', 'zod/*'],
  })
  const { text, contents } = outputFiles[0]
  const found = FORBIDDEN.filter((word) => new RegExp(`\\b${word}\\b`).test(text))
  if (NODE_MODULE.test(text)) found.push('modules of Node')
  const size = contents.byteLength
  return {
    problems: [
      ...found.map((word) => `packages/core: its bundle holds ${word}: find the import that leads there`),
      ...(size > LIMIT ? [explainSize(size)] : []),
    ],
    summary: `core has ${size} of ${LIMIT} bytes, minified, without the SDK, zod and jose`,
  }
}

const explainSize = (size) =>
  `packages/core: its bundle has ${size} bytes, more than ${LIMIT}. Make it smaller, or raise LIMIT in scripts/rules/bundle-size.mjs with a reason in the commit`
