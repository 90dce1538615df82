import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { pages as pagesFolder, repositoryUrl, root } from './paths.mjs'

const LINK = /\]\((?<target>[^)\s]+)\)/g
const FENCE = /^```/

/** Pages of the project in the root of the repository, by their paths in the site. */
const PROJECT_PAGES = {
  'CONTRIBUTING.md': 'project/contributing.md',
  'SECURITY.md': 'project/security.md',
  'STABILITY.md': 'project/stability.md',
  'ROADMAP.md': 'project/roadmap.md',
  'CHANGELOG.md': 'project/changelog.md',
  'CODE_OF_CONDUCT.md': 'project/code-of-conduct.md',
}

/**
 * Copies the pages of `docs/`, the READMEs of packages and the pages of the project to the folder that the site is built from, with links that
 * hold there: numbers leave the names of files, and what is no page leads to the repository. A link to a file that does
 * not exist stays as it is, for the check of the built site to report.
 *
 * @returns {{ source: string, path: string, title: string, text: string }[]} The pages: the file in the repository, the
 * path in the site, the title, and the Markdown.
 */
export function stagePages() {
  const pages = listSources().map(readPage)
  const paths = new Map(pages.map(({ source, path }) => [source, path]))
  for (const page of pages) {
    page.text = rewriteLinks(page, paths)
    write(page.path, page.text)
  }
  for (const file of listDocs().filter((name) => /\.(?:png|svg)$/.test(name))) {
    const target = join(pagesFolder, file)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, 'docs', file), target)
  }
  return pages
}

/** Writes a file of the folder that the site is built from. */
export function write(path, text) {
  const target = join(pagesFolder, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
}

// `node_modules` links to the whole workspace, and back
const listDocs = (folder = '') =>
  readdirSync(join(root, 'docs', folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      return entry.isDirectory() ? listDocs(path) : [path]
    })
    .sort()

const listSources = () => [
  ...listDocs()
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  ...readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/README.md`)
    .filter((file) => existsSync(join(root, file))),
  ...Object.keys(PROJECT_PAGES),
]

function readPage(source) {
  const text = readFileSync(join(root, source), 'utf8')
  const title = /^# (?<title>.+)$/m.exec(text)?.groups.title
  if (!title) throw new Error(`${source}: a page starts with a heading of the first level`)
  return { source, path: toSitePath(source), title: title.replaceAll('`', ''), text }
}

/** `docs/14-server.md` is `server.md`, and `packages/koa/README.md` is `packages/koa.md`. */
const toSitePath = (source) =>
  PROJECT_PAGES[source] ??
  (source.startsWith('docs/')
    ? source.slice('docs/'.length).replace(/^\d+-/, '')
    : source.replace('/README.md', '.md'))

function rewriteLinks({ source, path, text }, paths) {
  let isCode = false
  return text
    .split('\n')
    .map((line) => {
      if (FENCE.test(line.trimStart())) isCode = !isCode
      return isCode ? line : line.replace(LINK, (_, target) => `](${rewrite(target, source, path, paths)})`)
    })
    .join('\n')
}

function rewrite(target, source, path, paths) {
  if (target.startsWith('#') || /^[a-z]+:/.test(target)) return target
  const [file, hash] = target.split('#')
  const absolute = posix.join(posix.dirname(source), file)
  const page = paths.get(absolute) ?? paths.get(posix.join(absolute, 'README.md'))
  const suffix = hash ? `#${hash}` : ''
  if (page) return posix.relative(posix.dirname(path), page) + suffix
  const image = toSitePath(absolute)
  if (/\.(?:png|svg)$/.test(image)) return posix.relative(posix.dirname(path), image).replace(/^(?!\.)/, './')
  // the API reference is written when the site is built
  if (image.startsWith('api/')) return posix.relative(posix.dirname(path), image) + suffix
  if (!existsSync(join(root, absolute))) return target
  const kind = statSync(join(root, absolute)).isDirectory() ? 'tree' : 'blob'
  return `${repositoryUrl}/${kind}/main/${absolute.replace(/\/$/, '')}${suffix}`
}
