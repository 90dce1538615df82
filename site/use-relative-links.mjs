import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { output } from './paths.mjs'

const ATTRIBUTE = /(?<name> (?:href|src)=")\/(?<path>[^"/][^"]*|(?="))/g

/**
 * Rewrites the links of built pages that begin at the root of the site, so that pages and their styles can be opened
 * from a folder. Behind another base (`PORTICO_SITE_BASE`) they stay: such a site is for one place on the web.
 */
export function useRelativeLinks() {
  if (process.env.PORTICO_SITE_BASE) return
  for (const file of listPages()) {
    const path = join(output, file)
    const here = posix.dirname(file)
    const html = readFileSync(path, 'utf8').replace(
      ATTRIBUTE,
      (_, name, target) => `${name}${toRelative(here, target)}`,
    )
    writeFileSync(path, html)
  }
}

/** Lists the built pages, by their paths in the site. */
export const listPages = () =>
  readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))

function toRelative(here, target) {
  const [, file, hash] = /^(?<file>[^#]*)(?<hash>.*)$/.exec(target)
  const withIndex = file === '' || file.endsWith('/') ? `${file}index.html` : file
  return (posix.relative(here, withIndex) || posix.basename(withIndex)) + hash
}
