import { describeNotes } from '@portico/testing'
import { describe, expect, it } from 'vitest'

describe('the notes on workerd', () => {
  describeNotes('workers', (example) => {
    it('stops when it is told to, with code 0', async () => {
      expect(await example().stop()).toBe(0)
    })
  })
})
