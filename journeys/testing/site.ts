import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { listen } from './server.ts'

/** Serves a page with the official clients in it, at every path; resolves to its port. */
export async function startSite(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  const html = '<!doctype html><title>Site</title><script type="module" src="/page.js"></script>'
  const origin = await listen(() => (request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? outputFiles[0]!.text : html)
  })
  return new URL(origin).port
}
