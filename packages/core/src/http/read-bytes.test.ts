import { describe, expect, it } from 'vitest'
import { readTextWithin } from './read-bytes.ts'

describe('a text within a limit', () => {
  const read = (body: BodyInit | null, limit = 8) => readTextWithin(new Response(body), limit)

  it('is read as UTF-8', async () => {
    expect(await read('größe')).toBe('größe')
    expect(await read(null)).toBe('')
  })

  it.each([
    ['is larger', 'nine bytes'],
    ['is not UTF-8', new Uint8Array([0xff, 0xfe])],
    [
      'breaks off',
      new ReadableStream({
        start: (controller) => controller.error(new Error('cut')),
      }),
    ],
  ])('is undefined if it %s', async (_, body) => {
    expect(await read(body)).toBeUndefined()
  })
})
