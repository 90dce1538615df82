/** One thing that every implementation of an interface does, as `@portico-mcp/sessions/contract` lists them. */
export interface ContractCase<Subject> {
  /** Permanent, as `session-store/merges`. */
  id: string
  /** What a good implementation does. */
  title: string
  /** Resolves if the subject does it. Throws what was expected and what came, or {@link NotApplicable}. */
  run(subject: Subject): Promise<void>
}

/** Thrown by a case that does not apply to the subject. Its message is the reason. */
export class NotApplicable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NotApplicable'
  }
}

/** @throws Error if two JSON values differ. */
export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  if (canonical(got) === canonical(wanted)) return
  throw new Error(`expected ${what} to be ${canonical(wanted)}, got ${canonical(got)}`)
}

/** @throws Error if a promise does not reject. */
export async function expectRejects(promise: Promise<unknown>, what: string): Promise<void> {
  let value: unknown
  try {
    value = await promise
  } catch {
    return
  }
  throw new Error(`expected ${what} to reject, it resolved with ${canonical(value)}`)
}

/** Creates an id that no other case has. */
export const newId = (): string => `contract-${crypto.randomUUID()}`

/**
 * Looks every 10 ms until the condition holds.
 *
 * @throws Error if it does not hold within five seconds.
 */
export async function eventually(look: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (look()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`expected ${what} within five seconds`)
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? String(value)
