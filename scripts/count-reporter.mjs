import { appendFileSync } from 'node:fs'

/** Appends what became of a run's tests to the file that PORTICO_TEST_COUNTS names, a line for each run. */
export default class CountReporter {
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const files = modules.map((module) => module.state())
    appendFileSync(process.env.PORTICO_TEST_COUNTS, `${JSON.stringify({ files, tests })}\n`)
  }
}
