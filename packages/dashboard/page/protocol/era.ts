import { signal } from '@preact/signals'
import { kept } from '../kept.ts'
import { place } from '../place.ts'

/** The revisions that the page can speak, and what they are called. */
export const CLIENT_ERAS = {
  '2026': '2026-07-28',
  '2025-session': '2025-11-25, session',
  '2025': '2025-11-25, stateless',
} as const

export type ClientEra = keyof typeof CLIENT_ERAS

const keptEra = kept<ClientEra>(`era ${place.path}`)
const found = keptEra.get()

/** The revision that the page speaks. */
export const clientEra = signal<ClientEra>(found !== undefined && found in CLIENT_ERAS ? found : '2026')

/** Whether a person has chosen the era. If not, the page finds one that the server speaks. */
export const isEraChosen = (): boolean => keptEra.get() !== undefined

export function chooseEra(era: ClientEra): void {
  clientEra.value = era
  keptEra.set(era)
}
