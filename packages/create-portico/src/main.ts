#!/usr/bin/env node
import { relative } from 'node:path'
import { CreateError } from './create-error.ts'
import { createProject, readVersion } from './create-project.ts'
import { type Arguments, parseArguments, USAGE } from './parse-arguments.ts'

function run(args: string[]): void {
  const parsed = parseArguments(args)
  if (parsed.wants === 'help') console.log(USAGE)
  else if (parsed.wants === 'version') console.log(readVersion())
  else create(parsed)
}

function create({ folder, ...options }: Arguments): void {
  const name = createProject(folder, { runtime: options.runtime, signIn: options.signIn })
  const path = relative(process.cwd(), folder) || '.'
  console.log(`Created ${name}. Next:

  cd ${path}
  npm install
  npm test
  npm run dev    # serves it on this machine, and prints a page to try its tool
`)
}

try {
  run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof CreateError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
