import { expect, it } from 'vitest'
import { withDashboard } from './index.ts'
import { call, createDesk, opened, post, recorded } from './testing/requests.ts'

const OWN = { 'x-portico-dashboard': '1' }

it('keeps the requests of the page apart, so that they push out none of a client', async () => {
  const handler = opened(withDashboard(createDesk(), { maxRecords: 3 }))
  for (const text of ['a', 'b', 'c']) await (await handler.fetch(post(call('say', { text })))).text()
  for (let count = 0; count < 10; count++) {
    await (await handler.fetch(post(call('say', { text: 'own' }), OWN))).text()
  }
  const all = await recorded(handler)
  expect(all.filter(({ isOwn }) => !isOwn)).toHaveLength(3)
  expect(all.filter(({ isOwn }) => isOwn)).toHaveLength(3)
  expect(all.map(({ id }) => id)).toEqual([1, 2, 3, 11, 12, 13])
})

it('drops the requests of the page first when all bodies together are too long', async () => {
  const handler = opened(withDashboard(createDesk(), { maxRecordedTotalLength: 2000 }))
  await (await handler.fetch(post(call('say', { text: 'client' })))).text()
  for (let count = 0; count < 5; count++) {
    await (await handler.fetch(post(call('say', { text: 'x'.repeat(600) }), OWN))).text()
  }
  const all = await recorded(handler)
  expect(all[0]).toMatchObject({ id: 1, response: { text: expect.stringContaining('client') } })
  expect(all.length).toBeLessThan(4)
})

it('tells what the duration was spent on', async () => {
  const handler = opened(withDashboard(createDesk()))
  await (await handler.fetch(post(call('say', { text: 'hello' })))).text()
  const [{ bodyReadMs, respondedMs, durationMs } = {}] = await recorded(handler)
  expect(bodyReadMs).toBeGreaterThanOrEqual(0)
  expect(respondedMs).toBeGreaterThanOrEqual(bodyReadMs as number)
  expect(durationMs).toBeGreaterThanOrEqual(respondedMs as number)
})
