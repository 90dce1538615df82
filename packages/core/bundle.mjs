// Writes what is published: one file for the modules of an entry, since each that is imported takes its time.
// node bundle.mjs [folder]
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))

const [, , outdir = 'bundle'] = process.argv

const { npm_lifecycle_event: script, npm_config_user_agent: packer = '' } = process.env
if (script === 'prepack' && packer.startsWith('npm/')) {
  // its archive would name files that are not in it
  throw new Error('Pack with pnpm: npm does not apply publishConfig.exports, nor replace workspace: ranges')
}

rmSync(`${folder}${outdir}`, { recursive: true, force: true })
await build({
  absWorkingDir: folder,
  entryPoints: ['src/index.ts', 'src/json-schema/index.ts', 'src/internal.ts', 'src/without-ajv.ts'],
  outdir,
  bundle: true,
  splitting: true,
  packages: 'external',
  external: ['#bindings'],
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  sourcesContent: false,
})
