import { expect, it } from 'vitest'
import { cloudflare, cloudflareSessions, kvFetch, type ObjectNamespace } from './index.ts'

const namespace: ObjectNamespace = {
  getByName: () => ({ fetch: () => Promise.reject(new Error('There are no objects')) }),
}
const portico = cloudflare(namespace)

it.each<[string, () => unknown]>([
  ['cloudflare: namespace must be a binding of a Durable Object class', () => cloudflare(undefined as never)],
  [
    'cloudflare: there is no option "prefx": did you mean prefix?',
    () => cloudflare(namespace, { prefx: 'a' } as never),
  ],
  [
    'cloudflare: prefix must be 1 to 100 letters, digits and -_.: (got "a b")',
    () => cloudflare(namespace, { prefix: 'a b' }),
  ],
  [
    'cloudflare: changeObjects must be an integer from 1 to 64 (got 65)',
    () => cloudflare(namespace, { changeObjects: 65 }),
  ],
  [
    'cloudflare: timeoutMs must be a number of milliseconds from 1 to 2147483647 (got 0)',
    () => cloudflare(namespace, { timeoutMs: 0 }),
  ],
  [
    'eventStore: maxEventsPerStream must be an integer of 1 or more (got 0.5)',
    () => portico.eventStore({ maxEventsPerStream: 0.5 }),
  ],
  ['taskQueue: attempts must be an integer of 1 or more (got 0)', () => portico.taskQueue({ attempts: 0 })],
  [
    'sessions: there is no option "resumeable"',
    () => cloudflareSessions(portico, { resumeable: true } as never),
  ],
  ['kvFetch: namespace must be a binding of a KV namespace', () => kvFetch({} as never)],
  [
    'kvFetch: maxAgeSeconds must be an integer of seconds from 60 to 86400 (got 5)',
    () => kvFetch({ get: async () => null, put: async () => {} }, { maxAgeSeconds: 5 }),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})

it('rejects with a stable code if an object cannot be reached', async () => {
  const store = portico.sessionStore()
  await expect(store.getSession('a')).rejects.toMatchObject({
    name: 'CloudflareError',
    code: 'object-unreachable',
  })
})

it('rejects with a stable code if an object does not answer in time', async () => {
  const silent = cloudflare({ getByName: () => ({ fetch: () => new Promise(() => {}) }) }, { timeoutMs: 10 })
  await expect(silent.sessionStore().getSession('a')).rejects.toMatchObject({ code: 'object-timeout' })
})
