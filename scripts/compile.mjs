import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from './workspace.mjs'

const OUTPUT = /\.(?:js|d\.ts)(?:\.map)?$/

/** Compiles all packages, and removes what the compiler left of sources that were renamed or deleted. */
export function compile() {
  runTool('tsc', '-b')
  // stale files would be packed and published, and imported without notice
  for (const name of readdirSync(join(root, 'packages'))) removeStaleOutput(join(root, 'packages', name))
}

function removeStaleOutput(folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) return
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const source = join(folder, 'src', file.replace(OUTPUT, ''))
    // a test bundles into this folder
    const isOutput = OUTPUT.test(file) && !file.startsWith('tested/')
    if (isOutput && !existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(join(dist, file))
  }
}
