import type { Bench } from './bench.ts'

/** Puts arguments into the form, and the focus into its first field. */
export function editArguments(bench: Bench, args: unknown): void {
  bench.replace(args)
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>('.detail form :is(input, textarea, select)')
    field?.scrollIntoView({ block: 'center' })
    field?.focus()
  })
}
