import { describe, expect, it } from 'vitest'
import { EventParser } from './event-parser.ts'

function parse(...chunks: string[]): unknown[] {
  const parser = new EventParser()
  return chunks.flatMap((chunk) => parser.push(chunk))
}

describe('EventParser', () => {
  it('reads events, and leaves comments out', () => {
    expect(parse(': hello\n\ndata: 1\n\nevent: message\ndata: 2\n\n')).toEqual([
      { data: '1' },
      { event: 'message', data: '2' },
    ])
  })

  it('reads every kind of line end, wherever a chunk is cut', () => {
    const text = 'data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n'
    expect(parse(...text)).toEqual([{ data: '1' }, { data: '2' }, { data: '3' }])
    expect(parse(text)).toEqual([{ data: '1' }, { data: '2' }, { data: '3' }])
  })

  it('joins lines of data', () => {
    expect(parse('data: a\ndata:b\ndata\n\n')).toEqual([{ data: 'a\nb\n' }])
  })

  it('keeps ids, retry and events without data visible', () => {
    expect(parse('id: 7\nretry: 3000\ndata:\n\n')).toEqual([{ id: '7', retry: '3000', data: '' }])
  })

  it('knows whether a stream ended within an event', () => {
    const parser = new EventParser()
    parser.push('data: 1\n')
    expect(parser.complete).toBe(false)
    parser.push('\n')
    expect(parser.complete).toBe(true)
  })
})
