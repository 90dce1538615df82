#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from './command/command-error.ts'
import { resolveFile } from './command/load-module.ts'
import { buildArguments, parseArguments } from './command/parse-arguments.ts'
import { type Command, readCommand } from './command/read-command.ts'
import { USAGE } from './command/usage.ts'
import { HTTPServerError } from './http-server-error.ts'

async function run(command: Command, args: readonly string[]): Promise<number | undefined> {
  if (command.kind !== 'serve') return print(command.kind === 'help' ? USAGE : ownVersion())
  const { target } = command
  if ('file' in target) resolveFile(target.file)
  if (command.watch) {
    const { watch } = await import('./command/watch.ts')
    return watch(fileURLToPath(import.meta.url), withoutWatch(args), target)
  }
  if (command.stdio && target.kind !== 'config') {
    const { serveOverStdio } = await import('./command/serve-over-stdio.ts')
    await serveOverStdio(target)
    return 0
  }
  // `--help` and errors of the command line need no server
  const { serveTarget } = await import('./command/serve-target.ts')
  await serveTarget(command)
  return undefined
}

function print(text: string): number {
  console.log(text)
  return 0
}

function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

function withoutWatch(args: readonly string[]): string[] {
  const parsed = parseArguments(args)
  const { watch: _, ...values } = parsed.values
  return buildArguments({ ...parsed, values })
}

/** Prints an error for the user of the command, and returns the exit code. */
function printError(error: unknown): number {
  if (error instanceof CommandError) {
    const help = error.exitCode === 2 ? 'See --help. ' : ''
    console.error(`${error.message}\n${help}[${error.code}]`)
    return error.exitCode
  }
  if (error instanceof HTTPServerError) console.error(`${error.message}\n[${error.code}]`)
  else console.error(isListenError(error) ? (error as Error).message : error)
  return 1
}

const isListenError = (error: unknown): boolean => (error as NodeJS.ErrnoException)?.syscall === 'listen'

const args = process.argv.slice(2)
const code = await Promise.resolve()
  .then(() => run(readCommand(args, process.env), args))
  .catch(printError)
// a module that failed may have left something open, which would keep the process alive
if (code !== undefined) process.exit(code)
