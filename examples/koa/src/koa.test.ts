import { describeNotes, type Example, startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe('the notes on Koa', () => describeNotes('koa'))

describe('the app around them', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('koa')
  })
  afterAll(() => example?.stop())

  it('has a route of its own, guarded as well', async () => {
    const health = new URL('/health', example.url)
    expect(await (await fetch(health)).json()).toEqual({ status: 'ok' })
    expect((await fetch(health, { headers: { origin: 'http://evil.example.com' } })).status).toBe(403)
  })
})
