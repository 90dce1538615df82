import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output, pages as pagesFolder } from './paths.mjs'

const SUMMARY =
  'Portico serves MCP servers over HTTP: a factory that builds an MCP server becomes a fetch handler that answers protocol revision 2026-07-28 and every 2025-era revision, on Node, Cloudflare Workers, Deno, Bun and AWS Lambda.'

/**
 * Writes what language models read: `llms.txt` lists the pages, `llms-full.txt` has the text of the whole guide, and
 * each page is beside its HTML as Markdown.
 */
export function writeLlms(guide, pages, api) {
  const packages = pages.filter(({ source }) => source.startsWith('packages/'))
  const sections = [
    ...guide,
    { title: 'Packages', pages: packages },
    { title: 'API reference', pages: api },
  ].filter((section) => section.pages.length > 0)
  const index = sections.map(
    ({ title, pages: listed }) => `## ${title}\n\n${listed.map(toLine).join('\n')}\n`,
  )
  writeFileSync(join(output, 'llms.txt'), `# Portico\n\n> ${SUMMARY}\n\n${index.join('\n')}`)
  const texts = [...guide.flatMap((section) => section.pages), ...packages].map(
    ({ path, text }) => `<!-- ${path} -->\n\n${text.trim()}\n`,
  )
  writeFileSync(join(output, 'llms-full.txt'), `# Portico\n\n> ${SUMMARY}\n\n${texts.join('\n')}`)
  for (const { path } of [...pages, ...api]) cpSync(join(pagesFolder, path), join(output, path))
}

const toLine = ({ title, path, text }) => {
  const description = text && describe(text)
  return `- [${title}](${path})${description ? `: ${description}` : ''}`
}

/** The first sentence of a page. */
const describe = (text) => {
  const paragraph = text.split('\n\n').find((part) => /^[A-Z`]/.test(part.trim()) && !part.includes('\n|'))
  return paragraph
    ?.trim()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('\n', ' ')
    .match(/^.*?[.:](?=\s|$)/)?.[0]
    .replace(/:$/, '.')
}
