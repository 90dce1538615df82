import { Refusal } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withDashboard } from './index.ts'
import type { DashboardOptions } from './options.ts'
import { createDesk, ORIGIN, visit } from './testing/requests.ts'

const ways: [string, () => never][] = [
  [
    'throws',
    () => {
      throw new Error('It broke')
    },
  ],
  ['rejects', () => Promise.reject(new Error('It broke')) as never],
  [
    'throws null',
    () => {
      throw null
    },
  ],
  [
    'throws a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      throw proxy
    },
  ],
  [
    'throws a Refusal',
    () => {
      throw new Refusal('internal', 'It broke')
    },
  ],
]

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

const api = (path: string, method = 'GET'): Request =>
  new Request(`${ORIGIN}/_dashboard/api${path}`, {
    method,
    headers: { host: 'localhost:3001', 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' },
  })

const cases: [string, (call: () => never) => DashboardOptions, () => Request][] = [
  ['authorize, for the page', (call) => ({ authorize: call }), () => visit('/')],
  ['authorize, for the endpoint in a browser', (call) => ({ authorize: call }), () => visit('/mcp')],
  ['authorize, for the API', (call) => ({ authorize: call }), () => api('/traffic')],
  [
    'list of sessions',
    (call) => ({ authorize: () => true, sessions: { list: call, end: () => true } }),
    () => api('/sessions'),
  ],
  [
    'end of sessions',
    (call) => ({ authorize: () => true, sessions: { list: () => [], end: call } }),
    () => api('/sessions/one', 'DELETE'),
  ],
  ['notFound', (call) => ({ notFound: call }), () => visit('/_dashboard/page.js')],
]

describe.each(cases)('%s', (_, optionsOf, request) => {
  it.each(ways)('that %s is answered with 500, and reported once', async (_, call) => {
    const onerror = vi.fn()
    const response = await withDashboard(createDesk(), { ...optionsOf(call), onerror }).fetch(request())
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('at ')
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(onerror.mock.calls[0]![0]).toBeInstanceOf(Error)
  })

  it('that throws is printed where nobody hears of it, and answered where what hears throws', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const [[, call]] = ways as [[string, () => never]]
    expect((await withDashboard(createDesk(), optionsOf(call)).fetch(request())).status).toBe(500)
    expect(printed).toHaveBeenCalledTimes(1)
    const onerror = call as never
    expect((await withDashboard(createDesk(), { ...optionsOf(call), onerror }).fetch(request())).status).toBe(
      500,
    )
  })
})
