import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectedFields, PUBLISH_CONFIG } from './rules/manifests.mjs'
import { root } from './workspace.mjs'

/** Writes the license of each package, and the fields of its manifest that follow from the name of its folder. */
export function completeManifests() {
  const { version } = readManifest('core')
  for (const folder of readdirSync(join(root, 'packages'))) {
    copyFileSync(join(root, 'LICENSE'), join(root, 'packages', folder, 'LICENSE'))
    writeFileSync(
      pathOf(folder),
      `${JSON.stringify(complete(readManifest(folder), folder, version), null, 2)}\n`,
    )
  }
}

// what comes first is what people read first
function complete(manifest, folder, version) {
  const { name, description, keywords, publishConfig } = manifest
  const { homepage, bugs, repository, ...fields } = expectedFields(folder)
  const head = { name, version, description, keywords, homepage, bugs, repository }
  return {
    ...head,
    ...Object.fromEntries(Object.entries(manifest).filter(([field]) => !(field in head))),
    ...fields,
    publishConfig: { ...PUBLISH_CONFIG, ...publishConfig },
  }
}

const pathOf = (folder) => join(root, 'packages', folder, 'package.json')
const readManifest = (folder) => JSON.parse(readFileSync(pathOf(folder), 'utf8'))
