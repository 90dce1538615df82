import { afterAll, vi } from 'vitest'

// a hang is found all the same, and a machine may be busy; the default is a second
const PATIENCE = { timeout: 30_000 }

const IS_PATIENT = Symbol.for('portico.isPatient')

// This runs before each file, and the fast tests share one process.
if (!(IS_PATIENT in vi)) {
  const { waitFor, waitUntil } = vi

  vi.waitFor = (callback, options) =>
    waitFor(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })

  vi.waitUntil = (callback, options) =>
    waitUntil(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })

  Object.assign(vi, { [IS_PATIENT]: true })
}

// What a file has not put back must not reach the next one.
afterAll(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})
