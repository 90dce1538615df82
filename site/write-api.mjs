import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'
import { listEntries } from './list-entries.mjs'
import { pages, root } from './paths.mjs'

/**
 * Writes the API reference to the folder that the site is built from: one page for each public entry of each package,
 * from the declarations in `dist`.
 *
 * @returns {Promise<{ path: string, title: string }[]>} The pages.
 */
export async function writeApi() {
  const entries = listEntries()
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [...entries.keys()],
    basePath: join(root, 'packages'),
    tsconfig: writeConfig([...entries.keys()]),
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    out: join(pages, 'api'),
    // the compiler has checked what it has written
    skipErrorChecking: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    readme: 'none',
    logLevel: 'Error',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useHTMLEncodedBrackets: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    entryFileName: 'index',
    mergeReadme: false,
    pageTitleTemplates: { module: ({ name }) => name, index: 'API reference' },
  })
  const project = await app.convert()
  if (!project) throw new Error('typedoc could not read the declarations of the packages')
  for (const module of project.children ?? []) module.name = nameOf(module, entries)
  await app.generateOutputs(project)
  const modules = (project.children ?? []).map(({ name }) => ({ path: `api/${name}.md`, title: name }))
  for (const { path } of modules) mendAnchors(join(pages, path))
  return modules
}

// typedoc numbers some links within a page as though their heading stood there twice
function mendAnchors(path) {
  const text = readFileSync(path, 'utf8')
  const headings = [...text.matchAll(/^#+ (\w+)/gm)].map(([, name]) => name.toLowerCase())
  const count = (name) => headings.filter((heading) => heading === name).length
  const mended = text.replace(/\]\(#(\w+)-(\d+)\)/g, (link, name, number) =>
    count(name) <= Number(number) && count(name) > 0 ? `](#${name})` : link,
  )
  writeFileSync(path, mended)
}

// typedoc takes entries that the compiler's configuration lists
function writeConfig(files) {
  const path = fileURLToPath(new URL('dist/tsconfig.json', import.meta.url))
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  }
  writeFileSync(path, JSON.stringify({ compilerOptions, files }))
  return path
}

function nameOf({ name }, entries) {
  const declarations = join(root, 'packages', name)
  const found = [`${declarations}/index.d.ts`, `${declarations}.d.ts`].find((path) => entries.has(path))
  if (!found) throw new Error(`typedoc names a module ${name}, which is no entry of a package`)
  return entries.get(found)
}
