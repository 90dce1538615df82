import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Problem } from './validate.ts'

/** The problems of the form around, by path. */
export const Problems = createContext<readonly Problem[]>([])

/** Returns what is wrong with the value at a path. */
export function useProblem(path: string): string | undefined {
  return useContext(Problems).find((problem) => problem.path === path)?.message
}
