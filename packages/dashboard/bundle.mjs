// Writes src/bundle.ts, the page, its style and its icon, and src/apps-bundle.ts, the host of MCP Apps, as strings that
// any runtime can import.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))
const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))

const bundle = async (entry) => {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    define: { PORTICO_VERSION: JSON.stringify(version) },
    charset: 'utf8',
  })
  return outputFiles[0].text
}

const texts = {
  SCRIPT: await bundle('page/main.tsx'),
  STYLE: await bundle('page/style.css'),
  ICON: readFileSync(`${folder}page/icon.svg`, 'utf8'),
}
const appTexts = { APPS: await bundle('page/apps/host.ts') }

writeTexts('bundle.ts', texts)
writeTexts('apps-bundle.ts', appTexts)
if (process.argv.includes('--size')) {
  for (const [name, text] of Object.entries({ ...texts, ...appTexts })) {
    console.log(`${name}: ${Buffer.byteLength(text)} bytes, ${gzipSync(text).length} compressed`)
  }
}

function writeTexts(name, texts) {
  const lines = Object.entries(texts).map(
    ([name, text]) => `export const ${name}: string = ${JSON.stringify(text)}\n`,
  )
  const source = `// Made by bundle.mjs from page/; not kept in the repository.\n${lines.join('')}`
  const file = `${folder}src/${name}`
  // what is built from it is built again only where it has changed
  if (!existsSync(file) || readFileSync(file, 'utf8') !== source) writeFileSync(file, source)
}
