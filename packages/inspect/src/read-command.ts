import { parseArgs } from 'node:util'
import type { InspectorOptions } from './start-inspector.ts'

export const USAGE = `Usage: portico-inspect [options] <url>
       portico-inspect [options] -- <command> [arguments]

Opens the Portico dashboard for any MCP server.

  --port <number>          the port of the page, on 127.0.0.1 (default: any free port)
  --header 'Name: value'   sent with every request to the URL; may be repeated
  --help                   prints this`

/** An error of the command line. */
export class UsageError extends Error {}

/**
 * Reads the command line; undefined if it asks for help.
 *
 * @throws UsageError if it is invalid.
 */
export function readCommand(args: readonly string[]): InspectorOptions | undefined {
  const end = args.indexOf('--')
  const [own, command] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)]
  const { values, positionals } = parse(own)
  if (values.help) return undefined
  const port = values.port === undefined ? {} : { port: readPort(values.port) }
  const [executable, ...rest] = command
  if (executable !== undefined) {
    if (positionals.length > 0) throw new UsageError('Give a URL or a command, not both')
    if (values.header) throw new UsageError('--header has no effect with a command')
    return { target: { command: executable, args: rest }, ...port }
  }
  const [url, ...others] = positionals
  if (url === undefined || others.length > 0) throw new UsageError('Give one URL, or -- and a command')
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`The URL must begin with http:// or https:// (got "${url}")`)
  }
  return { target: { url, headers: readHeaders(values.header ?? []) }, ...port }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        header: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port must be a whole number from 0 to 65535 (got "${text}")`)
  }
  return port
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      if (colon < 1) throw new UsageError("--header must be 'Name: value'")
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}
