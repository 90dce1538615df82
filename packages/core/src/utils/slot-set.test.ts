import { expect, it } from 'vitest'
import { SlotSet } from './slot-set.ts'

it('removes items in any order, each once', () => {
  const set = new SlotSet<string>()
  const [removeA, removeB, removeC] = ['a', 'b', 'c'].map((item) => set.add(item)) as [
    () => void,
    () => void,
    () => void,
  ]
  removeA()
  removeA()
  expect(set.items().sort()).toEqual(['b', 'c'])
  removeC()
  removeB()
  removeB()
  expect(set.items()).toEqual([])
})
