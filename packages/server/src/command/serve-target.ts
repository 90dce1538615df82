import { readFileSync } from 'node:fs'
import { createHTTPServer } from '../create-http-server.ts'
import type { HTTPServerOptions } from '../options.ts'
import { CommandError } from './command-error.ts'
import { loadModule, resolveFile } from './load-module.ts'
import type { ServeCommand } from './read-command.ts'

/**
 * Serves what a command line names, and prints where.
 *
 * @throws CommandError if it cannot be served; what `createHTTPServer` throws.
 */
export async function serveTarget({ target, tls, options }: ServeCommand): Promise<void> {
  const input = await loadModule(resolveFile(target.file), target.exportName)
  const { url, dashboardUrl } = await createHTTPServer(input, {
    ...options,
    ...(tls && { tls: readCertificate(tls) }),
  })
  console.log(`MCP at ${url}`)
  if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser`)
}

function readCertificate({ cert, key }: { cert: string; key: string }): HTTPServerOptions['tls'] {
  return { cert: readPem('--tls-cert', cert), key: readPem('--tls-key', key) }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError('file-not-found', `${option}: ${file} cannot be read (${code})`)
  }
}
