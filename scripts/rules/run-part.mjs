import { parts } from './parts.mjs'

// run-parts.mjs starts this with the name of a part
for (const { problems, summary } of await parts[process.argv[2]]()) {
  if (problems.length === 0) console.log(summary)
  for (const problem of problems) console.log(`✗ ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
// what a rule has started to measure must not keep the process alive
process.exit()
