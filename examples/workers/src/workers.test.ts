import { describeNotes } from '@portico/testing'
import { describe } from 'vitest'

describe('the notes on workerd', () => describeNotes('workers', { stopsGracefully: false }))
