/** A case of a contract of `@portico-mcp/sessions/contract` or `@portico-mcp/tasks/contract`. */
interface ContractCase<Subject> {
  readonly id: string
  run(subject: Subject): Promise<void>
}

/**
 * Runs all cases of a contract at the same time, in a runtime without Vitest. Prints a line of JSON for each, `[id, error]`,
 * with an empty error if it passed or does not apply.
 *
 * @param create - Returns the subject of one case.
 */
export async function reportContract<Subject>(
  cases: readonly ContractCase<Subject>[],
  create: () => Subject,
): Promise<void> {
  const runs = cases.map(async ({ id, run }) => {
    const error = await run(create()).then(
      () => '',
      (thrown: Error) => (thrown.name === 'NotApplicable' ? '' : String(thrown.stack ?? thrown)),
    )
    console.log(JSON.stringify([id, error]))
  })
  await Promise.all(runs)
}
