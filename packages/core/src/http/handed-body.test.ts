import { describe, expect, it } from 'vitest'
import { parseBody, readHandedBody } from './handed-body.ts'

const message = { jsonrpc: '2.0', id: 1, method: 'ping' }
const text = JSON.stringify(message)
const bytes = new TextEncoder().encode(text)

describe('a body that a host hands over', () => {
  it.each([
    ['a value', message],
    ['text', text],
    ['a Buffer', Buffer.from(text)],
    ['bytes', bytes],
    ['an ArrayBuffer', bytes.buffer],
    ['a view of bytes', new DataView(bytes.buffer)],
  ])('is understood as %s', (_, body) => {
    expect(readHandedBody(body)).toEqual(message)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a function', () => {}],
    ['a web stream', new ReadableStream()],
  ])('is absent where there is %s', (_, body) => {
    expect(readHandedBody(body)).toBeUndefined()
  })

  it.each([
    ['false', false],
    ['a number', 7],
    ['an array', [message]],
    ['text that is not JSON', 'hello'],
  ])('stays %s, which is refused later', (_, body) => {
    expect(readHandedBody(body)).toBe(body)
  })

  it.each([
    ['bytes that are not JSON', Buffer.from('{')],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('is refused as %s', (_, body) => {
    expect(() => readHandedBody(body)).toThrow(expect.objectContaining({ reason: 'parse-error' }))
  })

  it.each([
    ['text', (deep: string) => deep],
    ['bytes', (deep: string) => Buffer.from(deep)],
  ])('is refused where it is nested too deeply, as %s', (_, handed) => {
    const deep = '['.repeat(5000) + ']'.repeat(5000)
    expect(() => readHandedBody(handed(deep))).toThrow(expect.objectContaining({ reason: 'body-too-deep' }))
  })

  it('is refused as text of the body itself that is not JSON', () => {
    expect(() => parseBody('hello')).toThrow(expect.objectContaining({ reason: 'parse-error' }))
  })
})
