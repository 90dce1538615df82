/** What is thrown where a value takes more steps to check than are allowed. */
export class TooManySteps extends Error {}

/** What is thrown where a schema refers to itself without end, or through too many levels. */
export class TooDeep extends Error {}

/** The most characters of one text that a `pattern` or a `format` is checked against. */
export const MOST_CHARACTERS = 16_384

const MOST_STEPS = 200_000
const DEEPEST = 500

/** Counts the work of one check. Steps double with every subschema that is referred to twice. */
export class Budget {
  private left = MOST_STEPS

  /** @throws TooManySteps once all of it is spent. */
  spend(steps: number): void {
    this.left -= steps
    if (this.left < 0) throw new TooManySteps()
  }

  /** Pays for a regular expression of a schema's author, which may take quadratic time. */
  spendOnText(text: string): void {
    this.spend(1 + Math.floor((text.length / 64) ** 2))
  }

  /** @throws TooDeep */
  enter(level: number): void {
    if (level > DEEPEST) throw new TooDeep()
    this.spend(1)
  }
}
