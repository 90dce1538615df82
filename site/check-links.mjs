import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { output } from './paths.mjs'
import { listPages } from './use-relative-links.mjs'

const ELEMENT = /<(?<tag>a|link|script|img|source|iframe)\s(?<attributes>[^>]*)>/g
const TARGET = /(?:^|\s)(?:href|src)="(?<target>[^"]*)"/
const IDENTIFIER = /\sid="(?<id>[^"]+)"/g

/**
 * Checks the built pages: every link leads to a file of the site and a heading in it, and nothing but links of `<a>`
 * leads to another host.
 *
 * @returns {{ problems: string[], count: number, links: number }} What is wrong, and how many pages and links there are.
 */
export function checkLinks() {
  const files = listPages()
  const pages = new Map(files.map((file) => [file, readFileSync(join(output, file), 'utf8')]))
  const identifiers = new Map([...pages].map(([file, html]) => [file, readIdentifiers(html)]))
  const problems = new Set()
  let links = 0
  for (const [file, html] of pages) {
    for (const { tag, target } of readTargets(html)) {
      links++
      const problem = checkTarget(file, tag, target, identifiers)
      if (problem) problems.add(`${file}: ${problem}`)
    }
  }
  return { problems: [...problems], count: files.length, links }
}

const readIdentifiers = (html) => new Set([...html.matchAll(IDENTIFIER)].map(({ groups }) => groups.id))

const readTargets = (html) =>
  [...html.matchAll(ELEMENT)].flatMap(({ groups }) => {
    const target = TARGET.exec(groups.attributes)?.groups.target
    return target === undefined ? [] : [{ tag: groups.tag, target: target.replaceAll('&amp;', '&') }]
  })

function checkTarget(file, tag, target, identifiers) {
  if (target.startsWith('data:') || target.startsWith('mailto:')) return undefined
  if (/^(?:[a-z]+:)?\/\//.test(target)) {
    return tag === 'a' ? undefined : `<${tag}> loads ${target} from another host`
  }
  const [path, hash] = target.split('#')
  const found = path === '' ? file : resolve(file, decodeURIComponent(path))
  if (!existsSync(join(output, found))) return `${target} leads to no file`
  if (!hash || !found.endsWith('.html')) return undefined
  return identifiers.get(found)?.has(decodeURIComponent(hash)) ? undefined : `${target} leads to no heading`
}

const resolve = (file, path) => {
  const found = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(file), path)
  return found === '' || found.endsWith('/') ? `${found}index.html` : found
}
