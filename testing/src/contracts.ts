import { describe, it } from 'vitest'

/** A case of a contract of `@portico-mcp/sessions/contract`. */
interface ContractCase<Subject> {
  readonly title: string
  run(subject: Subject): Promise<void>
}

/** How the tests of a contract run. */
interface ContractTestOptions {
  /** Runs the cases at the same time, for a subject on which time passes for real. @defaultValue false */
  concurrent?: boolean
}

/**
 * Creates a test for each case of a contract. A case that does not apply to the subject passes.
 *
 * @param create - Returns the subject of one case.
 */
export function describeContract<Subject>(
  name: string,
  cases: readonly ContractCase<Subject>[],
  create: () => Subject,
  options: ContractTestOptions = {},
): void {
  describe(name, options, () => {
    it.each(cases)('$title', async ({ run }) => {
      await run(create()).catch((error: Error) => {
        if (error.name !== 'NotApplicable') throw error
      })
    })
  })
}
