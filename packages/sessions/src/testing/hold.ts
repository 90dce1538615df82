/** A call that is held back until it is let go. */
export interface Held {
  /** Resolves once the call is there. */
  readonly reached: Promise<void>
  letGo(): void
}

type Method = (...args: never[]) => unknown

/** Holds back the next call of a method; the ones after it go through. */
export function hold<Name extends string>(target: { [name in Name]?: Method }, name: Name): Held {
  const method = target[name] as Method
  let letGo!: () => void
  let arrive!: () => void
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  target[name] = async (...args: never[]) => {
    target[name] = method
    arrive()
    await gate
    return method.apply(target, args)
  }
  return { reached, letGo }
}
