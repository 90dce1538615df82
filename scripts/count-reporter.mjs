import { appendFileSync } from 'node:fs'

/** Appends what became of each test file to the file that PORTICO_TEST_COUNTS names, a line for each. */
export default class CountReporter {
  onTestRunEnd(modules) {
    for (const module of modules) {
      const tests = [...module.children.allTests()].map((test) => test.result().state)
      const line = { file: module.moduleId, state: module.state(), tests }
      appendFileSync(process.env.PORTICO_TEST_COUNTS, `${JSON.stringify(line)}\n`)
    }
  }
}
