import { afterEach, expect, it, vi } from 'vitest'
import { InMemorySessionStore, signedHandles } from './index.ts'

const OLD = 'an old secret of thirty-two characters'
const NEW = 'a new secret of thirty-two characters!'
const store = new InMemorySessionStore()
const carts = signedHandles({ keys: [OLD], purpose: 'cart', store })

const ada = { authInfo: { token: 'one', clientId: 'app', scopes: [], extra: { sub: 'ada' } } }
const adaLater = { authInfo: { ...ada.authInfo, token: 'two' } }
const eve = { authInfo: { token: 'one', clientId: 'app', scopes: [], extra: { sub: 'eve' } } }

afterEach(() => vi.useRealTimers())

it('gives a caller its state back, under any token', async () => {
  const handle = await carts.create({ apples: 2 }, ada)
  expect(await carts.update(handle, { pears: 1, apples: null }, adaLater)).toBe(true)
  expect(await carts.read(handle, ada)).toEqual({ pears: 1 })
  await carts.delete(handle, ada)
  expect(await carts.read(handle, ada)).toBeUndefined()
})

it('gives nobody else anything, and lets nobody else change it', async () => {
  const handle = await carts.create({ apples: 2 }, ada)
  for (const other of [eve, {}]) {
    expect(await carts.read(handle, other)).toBeUndefined()
    expect(await carts.update(handle, { apples: 9 }, other)).toBe(false)
    await carts.delete(handle, other)
  }
  expect(await carts.read(handle, ada)).toEqual({ apples: 2 })
})

it('tells forged handles without asking the store', async () => {
  const handle = await carts.create({ apples: 2 })
  const getSession = vi.spyOn(store, 'getSession')
  const [header, payload, signature] = handle.split('.')
  const none = `${btoa('{"alg":"none"}')}.${payload}.`
  for (const forged of [
    '',
    'x',
    none,
    `${header}.${payload}.AAAA`,
    `${header}.e30.${signature}`,
    'x'.repeat(9000),
    7 as never,
  ]) {
    expect(await carts.read(forged)).toBeUndefined()
  }
  expect(await signedHandles({ keys: [OLD], purpose: 'other', store }).read(handle)).toBeUndefined()
  expect(await signedHandles({ keys: [NEW], purpose: 'cart', store }).read(handle)).toBeUndefined()
  expect(getSession).not.toHaveBeenCalled()
  expect(await signedHandles({ keys: [NEW, OLD], purpose: 'cart', store }).read(handle)).toEqual({
    apples: 2,
  })
})

it('ends handles in time', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const handle = await signedHandles({ keys: [OLD], purpose: 'cart', store, ttlMs: 60_000 }).create({
    apples: 2,
  })
  vi.setSystemTime(Date.now() + 61_000)
  expect(await carts.read(handle)).toBeUndefined()
})

it('says when the store is down, rather than know no handle', async () => {
  const handle = await carts.create({ apples: 2 })
  vi.spyOn(store, 'getSession').mockRejectedValueOnce(new Error('down'))
  await expect(carts.read(handle)).rejects.toThrow('down')
})
