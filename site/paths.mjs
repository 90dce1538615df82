import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** The folder of the Markdown that the site is built from. It is written by the build. */
export const pages = fileURLToPath(new URL('dist/pages/', import.meta.url))

/** The folder of the built site. */
export const output = fileURLToPath(new URL('dist/site/', import.meta.url))

const { repository } = JSON.parse(readFileSync(`${root}packages/core/package.json`, 'utf8'))

/** Where the sources are on the web, without a slash at its end. */
export const repositoryUrl = (repository?.url ?? 'https://github.com/portico-mcp/portico').replace(
  /^git\+|\.git$/g,
  '',
)
