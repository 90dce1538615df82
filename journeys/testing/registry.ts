import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { PackedPackage } from './packed-packages.ts'

/** A package registry on this machine. */
export interface Registry {
  url: string
  /** What package managers read of the environment to use it. */
  env: Record<string, string>
  close(): void
}

/**
 * Starts a registry that has the packed packages, and passes requests for any other package on.
 *
 * @param upstream - The URL of the registry that has the others.
 */
export async function startRegistry(packages: readonly PackedPackage[], upstream: string): Promise<Registry> {
  const byName = new Map(packages.map((one) => [one.name, one]))
  let url = ''
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(502).end(error.message))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    const [name = '', archive] = path.split('/-/')
    const found = byName.get(name)
    if (!found) return passOn(request, response)
    const data = readArchive(found)
    if (archive !== undefined) return void response.end(data)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(describe(found, data)))
  }

  function describe({ name, manifest }: PackedPackage, data: Buffer): object {
    const { version } = manifest
    const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`
    const dist = { tarball: `${url}${name}/-/${version}.tgz`, integrity }
    return {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist } },
      time: { [version]: '2026-01-01T00:00:00.000Z' },
    }
  }

  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accept } = request.headers
    const found = await fetch(new URL((request.url ?? '/').slice(1), upstream), {
      headers: accept ? { accept } : {},
    })
    const type = found.headers.get('content-type')
    response.writeHead(found.status, type ? { 'content-type': type } : {})
    response.end(new Uint8Array(await found.arrayBuffer()))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const env = { npm_config_registry: url, NPM_CONFIG_REGISTRY: url, BUN_CONFIG_REGISTRY: url }
  return { url, env, close: () => server.close() && server.closeAllConnections() }
}

const readArchive = ({ archive }: PackedPackage): Buffer =>
  readFileSync(archive.startsWith('file:///') ? fileURLToPath(archive) : archive.replace('file:', ''))
