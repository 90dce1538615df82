import { vi } from 'vitest'

// a hang is found all the same, and a machine may be busy; the default is a second
const PATIENCE = { timeout: 30_000 }

const { waitFor, waitUntil } = vi

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })

vi.waitUntil = (callback, options) =>
  waitUntil(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })
