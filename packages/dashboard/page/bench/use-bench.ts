import { useEffect } from 'preact/hooks'
import { dropArguments, route } from '../place.ts'
import { type Bench, type BenchKind, benchOf } from './bench.ts'

/** Returns the bench of an entry. Arguments in the address go into its form. */
export function useBench(kind: BenchKind, name: string): Bench {
  const bench = benchOf(kind, name)
  const { args, view, chosen } = route.value
  const isMeant = args !== undefined && view === kind && chosen === name
  useEffect(() => {
    if (!isMeant) return
    bench.replace(args)
    dropArguments()
  }, [isMeant, args])
  return bench
}
