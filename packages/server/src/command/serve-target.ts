import { readFileSync } from 'node:fs'
import type { HTTPServerOptions } from '../options.ts'
import { serveSeveral } from '../serve-several.ts'
import { serveSource } from '../serve-source.ts'
import type { Source } from '../source.ts'
import type { HTTPServer } from '../start-server.ts'
import { CommandError } from './command-error.ts'
import { createSource } from './create-source.ts'
import type { ServeCommand } from './read-command.ts'
import { readConfig } from './read-config.ts'
import type { ServerTarget } from './target.ts'

/**
 * Serves what a command line names, and prints where.
 *
 * @throws CommandError if it cannot be served; what `createHTTPServer` throws.
 */
export async function serveTarget(command: ServeCommand): Promise<void> {
  const { target, tls } = command
  const options: HTTPServerOptions = { ...command.options, ...(tls && { tls: readCertificate(tls) }) }
  const { dashboardUrl } =
    target.kind === 'config' ? await serveConfig(target.file, options) : await serveOne(target, options)
  if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser`)
}

async function serveOne(target: ServerTarget, options: HTTPServerOptions): Promise<HTTPServer> {
  const source = await createSource(target)
  const defaults = target.kind === 'module' ? {} : { stateless: false }
  const server = await closeOnError([source], async () => {
    await source.check?.()
    return serveSource(source, { ...defaults, ...options })
  })
  console.log(`MCP at ${server.url}`)
  return server
}

async function serveConfig(file: string, given: HTTPServerOptions): Promise<HTTPServer> {
  const { servers, options, warnings } = readConfig(file, process.env)
  for (const warning of warnings) console.error(warning)
  const sources = await Promise.all(
    servers.map(async ({ name, slug, target }) => ({ name, slug, ...(await createSource(target)) })),
  )
  const server = await closeOnError(sources, async () => {
    // one that does not answer must not keep the others from being served
    await Promise.all(
      sources.map(({ name, check }) =>
        check?.().catch(({ message }) => console.error(`${name}: ${message}`)),
      ),
    )
    return serveSeveral(sources, { stateless: false, ...options, ...given })
  })
  for (const { name, url } of server.urls) console.log(`${name}: MCP at ${url}`)
  return server
}

/** Closes sources if serving them fails, so that no process stays. */
async function closeOnError<T>(sources: readonly Source[], serve: () => Promise<T>): Promise<T> {
  try {
    return await serve()
  } catch (error) {
    await Promise.all(sources.map(({ close }) => close?.()))
    throw error
  }
}

function readCertificate({ cert, key }: { cert: string; key: string }): HTTPServerOptions['tls'] {
  return { cert: readPem('--tls-cert', cert), key: readPem('--tls-key', key) }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new CommandError(
      'file-not-found',
      `${option}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}
