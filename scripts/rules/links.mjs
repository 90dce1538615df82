import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const LINK = /\]\((?!https?:|mailto:|[/#])([^)\s#]+)(#[^)\s]*)?\)/g
const FOLDERS = ['', '.changeset', 'docs']

/**
 * Finds links of Markdown files to files that do not exist. Packages are left out: a registry shows their READMEs alone.
 *
 * @param root The folder of the workspace.
 */
export function checkLinks(root) {
  const files = FOLDERS.flatMap((folder) => listMarkdown(root, folder))
  return {
    problems: files.flatMap((file) => findDeadLinks(root, file)),
    summary: `links of ${files.length} Markdown files lead somewhere`,
  }
}

function listMarkdown(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}

function findDeadLinks(root, file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return lines.flatMap((line, index) =>
    [...line.matchAll(LINK)]
      .filter(([, target]) => !existsSync(join(root, dirname(file), target)))
      .map(([, target]) => `${file}:${index + 1} links to ${target}, which does not exist`),
  )
}
