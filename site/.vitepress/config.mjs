import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { repositoryUrl } from '../paths.mjs'

// build.mjs has written it
const { sidebar, nav } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../dist/navigation.json', import.meta.url)), 'utf8'),
)

// the anchors of GitHub and of typedoc, so that a link holds in both places
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

export default defineConfig({
  title: 'Portico',
  description: 'Serve MCP servers over HTTP, on Node, Cloudflare Workers, Deno, Bun and Lambda',
  lang: 'en',
  srcDir: 'dist/pages',
  outDir: 'dist/site',
  base: process.env.PORTICO_SITE_BASE ?? '/',
  // pages are files, so that a folder of them works without a server
  cleanUrls: false,
  // check-links.mjs checks links and headings of the built pages, and says which page has them
  ignoreDeadLinks: true,
  // otherwise the system's fonts are used: nothing is fetched
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: { languageAlias: { caddy: 'nginx' }, anchor: { slugify } },
  themeConfig: {
    nav,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repositoryUrl }],
  },
})
