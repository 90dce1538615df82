const METHODS = ['log', 'info', 'debug', 'dir', 'table'] as const

/**
 * Has the console print to standard error what it would print to standard output, which carries messages only.
 *
 * @returns What undoes it.
 */
export function printToStderr(): () => void {
  const { Console } = console
  const replaced = new Console(process.stderr, process.stderr)
  const before = METHODS.map((name) => [name, console[name]] as const)
  for (const name of METHODS) console[name] = replaced[name].bind(replaced)
  return () => {
    for (const [name, method] of before) console[name] = method as never
  }
}
