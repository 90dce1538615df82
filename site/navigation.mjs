/**
 * The structure of the site: sections in order, each with its pages by their paths in `docs/`. Pages of `docs/` that no
 * section lists are listed at the end of the guides, so that a new page is never lost.
 */
export const sections = [
  {
    title: 'Get started',
    pages: ['get-started.md', '01-start.md'],
  },
  {
    title: 'Guides',
    pages: [
      '08-tools.md',
      '05-ask.md',
      '02-guard.md',
      '03-auth.md',
      '16-oauth.md',
      '07-sessions.md',
      '10-redis.md',
      '11-dynamodb.md',
      '04-frameworks.md',
      '14-server.md',
      '20-stdio.md',
      '15-dashboard.md',
      '12-telemetry.md',
      '17-extensions.md',
    ],
    takesOthers: true,
  },
  {
    title: 'Deploy',
    folder: 'deploy',
    pages: ['09-lambda.md'],
  },
  {
    title: 'Migrate',
    folder: 'migrate',
    pages: ['13-migrating.md'],
  },
  {
    title: 'Reference',
    folder: 'reference',
    pages: [],
  },
  {
    title: 'Explain',
    folder: 'explain',
    pages: ['06-performance.md'],
  },
  {
    title: 'Project',
    folder: 'project',
    pages: [],
  },
]

/**
 * Assigns pages to sections.
 *
 * @param {string[]} paths - All pages, by their paths in `docs/`.
 * @returns {{ title: string, pages: string[] }[]} The sections with their pages in order: those of the section's folder
 * first, its `index.md` at the start.
 */
export function assignToSections(paths) {
  const listed = new Set(sections.flatMap(({ pages }) => pages))
  const isInFolder = (path) => sections.some(({ folder }) => folder && path.startsWith(`${folder}/`))
  const others = paths.filter((path) => !listed.has(path) && !isInFolder(path))
  return sections.map(({ title, folder, pages, takesOthers }) => ({
    title,
    pages: [
      ...paths.filter((path) => folder && path.startsWith(`${folder}/`)).sort(byIndexThenName),
      ...pages.filter((path) => paths.includes(path)),
      ...(takesOthers ? others : []),
    ],
  }))
}

const byIndexThenName = (one, other) => rank(one) - rank(other) || one.localeCompare(other)

const rank = (path) => (path.endsWith('/index.md') ? 0 : 1)
