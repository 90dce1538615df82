#!/usr/bin/env node
import { parseArgs } from 'node:util'
import type { Era, Target } from './audit.ts'
import { formatReport } from './report.ts'
import { isConforming, runAudits } from './run.ts'

const USAGE = `Usage: audit [audit] <url> [options]

Puts the audits of the MCP HTTP protocol to a server.

  --era <modern|legacy>     only 2026-07-28, or only what came before it
  --only <id prefix>        only audits whose id starts with this; may be repeated
  --timeout <ms>            how long an audit may take (default 10000)
  --header 'Name: value'    sent with every request; may be repeated
  --json                    print the results as JSON
  --help                    print this

Exit codes: 0 if no MUST failed, 1 if one did, 2 if the audits could not be run.`

interface Command {
  url: string
  era?: Era
  only: string[]
  timeoutMs: number
  headers: [name: string, value: string][]
  json: boolean
}

class UsageError extends Error {}

function readCommand(args: string[]): Command | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [url, ...rest] = positionals[0] === 'audit' ? positionals.slice(1) : positionals
  if (url === undefined) throw new UsageError('Which server? Give its URL.')
  if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest[0]}`)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`Not an HTTP URL: ${url}`)
  const { era, timeout = '10000' } = values
  if (era !== undefined && era !== 'modern' && era !== 'legacy') {
    throw new UsageError(`--era is modern or legacy, not ${era}`)
  }
  const timeoutMs = Number(timeout)
  if (!(timeoutMs > 0)) throw new UsageError(`--timeout is a number of milliseconds, not ${timeout}`)
  return {
    url,
    ...(era && { era }),
    only: values.only ?? [''],
    timeoutMs,
    headers: (values.header ?? []).map(readHeader),
    json: values.json ?? false,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        era: { type: 'string' },
        only: { type: 'string', multiple: true },
        timeout: { type: 'string' },
        header: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  if (colon < 1) throw new UsageError(`--header is 'Name: value', not ${header}`)
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()]
}

function targetOf({ url, headers }: Command): Target {
  return {
    url,
    fetch: (request) => {
      for (const [name, value] of headers) request.headers.set(name, value)
      return fetch(request)
    },
  }
}

async function main(args: string[]): Promise<number> {
  const command = readCommand(args)
  if (command === 'help') {
    console.log(USAGE)
    return 0
  }
  const results = await runAudits(targetOf(command), command).catch((error: Error) => {
    throw new UsageError(`${command.url} cannot be reached: ${String(error.cause ?? error.message)}`)
  })
  if (results.length === 0) throw new UsageError(`No audit is called ${command.only.join(' or ')}`)
  console.log(command.json ? JSON.stringify(results, null, 2) : formatReport(results))
  return isConforming(results) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  return 2
})
