import { describeNotes } from '@portico/testing'
import { describe } from 'vitest'

describe('the notes on Bun', () => describeNotes('bun'))
