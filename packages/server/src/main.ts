#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildArguments, type Command, readCommand, USAGE, UsageError } from './command.ts'
import { createHTTPServer } from './create-http-server.ts'
import { HTTPServerError } from './http-server-error.ts'
import { loadModule, ModuleError, resolveFile } from './load-module.ts'
import { watch } from './watch.ts'

async function run(command: Command): Promise<number | undefined> {
  switch (command.kind) {
    case 'help':
      console.log(USAGE)
      return 0
    case 'version':
      console.log(ownVersion())
      return 0
    case 'watch':
      resolveFile(command.module)
      return watch(fileURLToPath(import.meta.url), buildArguments(command))
    case 'serve': {
      const module = await loadModule(resolveFile(command.module))
      const { url, dashboardUrl } = await createHTTPServer(module, command.options)
      console.log(`MCP at ${url}`)
      if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser`)
      return undefined
    }
  }
}

function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** Prints an error for the user of the command, and returns the exit code. */
function printError(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nSee --help.`)
    return 2
  }
  const isExplained = error instanceof ModuleError || error instanceof HTTPServerError
  console.error(isExplained || isListenError(error) ? (error as Error).message : error)
  return 1
}

const isListenError = (error: unknown): boolean => (error as NodeJS.ErrnoException)?.syscall === 'listen'

const code = await Promise.resolve()
  .then(() => run(readCommand(process.argv.slice(2), process.env)))
  .catch(printError)
// a module that failed may have left something open, which would keep the process alive
if (code !== undefined) process.exit(code)
