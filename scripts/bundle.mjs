import { root } from './workspace.mjs'

const LIMIT = 105_000
const FORBIDDEN = ['express', 'hono', 'ajv']

// a module of Node is named in a text; without the quote, a property called `node` would be found too
const NODE_MODULE = /["'`]node:/

/** Bundles core's own code, and fails if it has grown too large or holds what it must not. */
export async function checkBundle() {
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
  const found = FORBIDDEN.filter((word) => text.includes(word))
  if (NODE_MODULE.test(text)) found.push('modules of Node')
  console.log(`core: ${contents.byteLength} of ${LIMIT} bytes, minified, without the SDK, zod and jose`)
  if (found.length > 0) throw new Error(`core's bundle holds ${found.join(', ')}`)
  if (contents.byteLength > LIMIT) throw new Error(`core's bundle is larger than ${LIMIT} bytes`)
}
