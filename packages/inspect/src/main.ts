#!/usr/bin/env node
import { readCommand, USAGE, UsageError } from './read-command.ts'
import { startInspector } from './start-inspector.ts'

async function run(): Promise<void> {
  const options = readCommand(process.argv.slice(2))
  if (!options) return console.log(USAGE)
  const { url, close } = await startInspector(options)
  console.log(`Open ${url} in a browser`)
  const stop = (): void => {
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

run().catch((error: unknown) => {
  const isUsage = error instanceof UsageError
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : (error as Error).message)
  process.exit(isUsage ? 2 : 1)
})
