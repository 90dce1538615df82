#!/usr/bin/env node
import { parseArgs } from 'node:util'
import type { Era } from './audit.ts'
import { LAYERS, type Layer } from './layers.ts'
import { ServerSilent } from './patience.ts'
import { streamReport } from './report.ts'
import { isConforming, isCutShort, runAudits } from './run.ts'
import type { Target } from './target.ts'

const USAGE = `Usage: portico-audits <url> [options]

Puts the audits of the MCP HTTP protocol to a server.

  --era <modern|legacy>     only 2026-07-28, or only what came before it
  --only <id prefix>        only audits whose id starts with this; may be repeated
  --layer <name>            only audits of a layer: protocol, http or platform; may be repeated
  --timeout <ms>            how long an audit may take (default 10000)
  --deadline <ms>           how long all of them may take (default 600000)
  --max-answer <bytes>      how much of one answer is read (default 16777216)
  --header 'Name: value'    sent with every request; may be repeated
  --json                    print the results as JSON
  --help                    print this

Exit codes: 0 if no MUST failed, 1 if one did, 2 if the audits could not run: the server is not
reachable, does not respond in time, or the deadline passed before the last audit.`

/** Audits that may time out, all from the first one, before the server is given up. */
const GIVE_UP_AFTER = 5

interface Command {
  url: string
  era?: Era
  layer?: Layer[]
  only: string[]
  timeoutMs: number
  deadlineMs: number
  maxResponseBytes: number
  headers: [name: string, value: string][]
  json: boolean
}

class UsageError extends Error {}

/** Thrown if the audits could not be run. */
class Unrun extends Error {}

function readCommand(args: string[]): Command | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [url, ...rest] = positionals[0] === 'audit' ? positionals.slice(1) : positionals
  if (url === undefined) throw new UsageError('Which server? Give its URL.')
  if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest[0]}`)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`Not an HTTP URL: ${url}`)
  const { era } = values
  if (era !== undefined && era !== 'modern' && era !== 'legacy') {
    throw new UsageError(`--era is modern or legacy, not ${era}`)
  }
  return {
    url,
    ...(era && { era }),
    ...(values.layer && { layer: values.layer.map(readLayer) }),
    only: values.only ?? [''],
    timeoutMs: readNumber('timeout', 'milliseconds', values.timeout, 10_000),
    deadlineMs: readNumber('deadline', 'milliseconds', values.deadline, 600_000),
    maxResponseBytes: readNumber('max-answer', 'bytes', values['max-answer'], 16 * 1024 * 1024),
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
        layer: { type: 'string', multiple: true },
        only: { type: 'string', multiple: true },
        timeout: { type: 'string' },
        deadline: { type: 'string' },
        'max-answer': { type: 'string' },
        header: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readNumber(name: string, unit: string, text: string | undefined, byDefault: number): number {
  const number = text === undefined ? byDefault : Number(text)
  if (number > 0 && number < MAX_TIMER_MS) return number
  throw new UsageError(`--${name} is a number of ${unit} from 1 to ${MAX_TIMER_MS - 1}, not ${text}`)
}

function readLayer(name: string): Layer {
  const layer = LAYERS.find((known) => known === name)
  if (layer === undefined) throw new UsageError(`--layer is ${LAYERS.join(' or ')}, not ${name}`)
  return layer
}

// Node fires a timer with a longer delay immediately.
const MAX_TIMER_MS = 2 ** 31

function readHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  if (colon < 1) throw new UsageError(`--header is 'Name: value', not ${header}`)
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()]
}

function createTarget({ url, headers }: Command): Target {
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
  const report = streamReport(console.log)
  const options = { ...command, giveUpAfter: GIVE_UP_AFTER, ...(!command.json && { onresult: report.add }) }
  const results = await runAudits(createTarget(command), options).catch((error: Error) => {
    if (error instanceof ServerSilent) throw new Unrun(`${command.url}: ${error.message}`)
    throw new UsageError(`${command.url} cannot be reached: ${String(error.cause ?? error.message)}`)
  })
  if (results.length === 0) {
    const where = command.layer ? ` in the layer ${command.layer.join(' or ')}` : ''
    throw new UsageError(`No audit is called ${command.only.join(' or ')}${where}`)
  }
  if (command.json) console.log(JSON.stringify(results, null, 2))
  else report.end(results)
  if (isCutShort(results)) throw new Unrun(`${command.url}: not done within ${command.deadlineMs} ms`)
  return isConforming(results) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError || error instanceof Unrun)) throw error
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
  return 2
})
// A server that keeps sending must not keep the process alive. Output that is still being written may.
setTimeout(() => process.exit(), 1000).unref()
