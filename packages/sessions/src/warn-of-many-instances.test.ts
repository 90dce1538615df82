import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { SessionStore, SessionsOptions } from './index.ts'

const KEYS = ['a secret of at least 32 characters']

beforeEach(() => {
  vi.resetModules()
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const ELSEWHERE: SessionStore = {
  sessionExists: async () => false,
  createSession: async () => true,
  getSession: async () => undefined,
  updateSession: async () => false,
  deleteSession: async () => {},
  touchSession: async () => false,
}

type Library = typeof import('./index.ts')

it.each<[string, number, (library: Library) => SessionsOptions]>([
  ['sessions of its own', 1, () => ({})],
  ['a store in memory', 1, ({ InMemorySessionStore }) => ({ store: new InMemorySessionStore() })],
  ['a store elsewhere', 0, () => ({ store: ELSEWHERE })],
  ['no store', 0, ({ encryptedSessionIds }) => ({ store: encryptedSessionIds({ keys: KEYS }) })],
])('warns where there are many instances with %s: %i times', async (_, times, options) => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'desk')
  const library: Library = await import('./index.ts')
  library.sessions(options(library))
  library.sessions(options(library))
  expect(console.warn).toHaveBeenCalledTimes(times)
})

it('does not warn where there is one', async () => {
  const { sessions } = await import('./index.ts')
  sessions()
  expect(console.warn).not.toHaveBeenCalled()
})
