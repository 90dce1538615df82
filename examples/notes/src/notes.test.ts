import { describeNotes } from '@portico/testing'
import { describe, expect, it } from 'vitest'

describe('the notes', () => {
  describeNotes('notes', (example) => {
    it('stops when it is told to, with code 0', async () => {
      expect(await example().stop()).toBe(0)
    })
  })
})
