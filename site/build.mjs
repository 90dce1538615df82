import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { checkLinks } from './check-links.mjs'
import { assignToSections } from './navigation.mjs'
import { output } from './paths.mjs'
import { stagePages, write } from './stage-pages.mjs'
import { useRelativeLinks } from './use-relative-links.mjs'
import { writeApi } from './write-api.mjs'
import { writeLlms } from './write-llms.mjs'

const site = fileURLToPath(new URL('.', import.meta.url))

/**
 * Builds the site from `docs/`, the READMEs of packages and their declarations, and checks its links.
 *
 * @returns {Promise<{ problems: string[], summary: string }>} The dead links and foreign requests, and how much there is.
 */
export async function buildSite() {
  rmSync(`${site}dist`, { recursive: true, force: true })
  mkdirSync(`${site}dist`)
  const pages = stagePages()
  const guide = assignPages(pages)
  const api = await writeApi()
  write('index.md', writeHome(guide))
  writeFileSync(`${site}dist/navigation.json`, JSON.stringify(writeNavigation(guide, pages, api)))
  // VitePress reports its progress to a terminal that a check does not have
  await build(site, { logLevel: 'warn' })
  useRelativeLinks()
  writeLlms(guide, pages, api)
  const { problems, count, links } = checkLinks()
  return { problems, summary: `${count} pages of the site have ${links} links that lead somewhere` }
}

function assignPages(pages) {
  const byPath = new Map(pages.map((page) => [toGuidePath(page), page]))
  const paths = [...byPath.keys()].filter((path) => !path.startsWith('packages/'))
  return assignToSections(paths)
    .filter((section) => section.pages.length > 0)
    .map(({ title, pages: listed }) => ({ title, pages: listed.map((path) => byPath.get(path)) }))
}

// pages of the project are in the root of the repository
const toGuidePath = ({ source, path }) => (source.includes('/') ? source.replace('docs/', '') : path)

function writeNavigation(guide, pages, api) {
  const packages = pages.filter(({ source }) => source.startsWith('packages/'))
  const groups = guide.map((section) => ({
    text: section.title,
    collapsed: false,
    items: section.pages.map(toItem),
  }))
  const sidebar = [
    ...groups,
    { text: 'Packages', collapsed: true, items: packages.map(toItem) },
    {
      text: 'API',
      collapsed: true,
      items: [{ title: 'All packages', path: 'api/index.md' }, ...api].map(toItem),
    },
  ]
  const nav = [
    ...groups.map(({ text, items }) => ({ text, link: items[0].link })),
    { text: 'API', link: '/api/' },
  ]
  return { sidebar, nav }
}

const toItem = ({ title, path }) => ({ text: title, link: `/${path.replace(/(?:index)?\.md$/, '')}` })

function writeHome(guide) {
  const first = guide[0].pages[0].path.replace(/\.md$/, '')
  const features = guide.map(({ title, pages }) => ({
    title,
    details: pages
      .slice(0, 6)
      .map((page) => page.title)
      .join(' · '),
    link: `/${pages[0].path.replace(/(?:index)?\.md$/, '')}`,
  }))
  return `---
layout: home
hero:
  name: Portico
  text: Serve MCP servers over HTTP
  tagline: One factory and one URL serve 2026-07-28 and every 2025-era client, on Node, Cloudflare Workers, Deno, Bun and Lambda.
  actions:
    - { theme: brand, text: Get started, link: /${first} }
    - { theme: alt, text: API, link: /api/ }
features: ${JSON.stringify(features)}
---
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { problems, summary } = await buildSite()
  for (const problem of problems) console.error(`✗ ${problem}`)
  console.log(`${summary}: ${output}index.html`)
  if (problems.length > 0) process.exitCode = 1
}
