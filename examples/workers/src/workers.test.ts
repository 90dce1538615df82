import { describeNotes } from '@portico-example/testing/examples'
import { describe } from 'vitest'

describe('the notes on workerd', () => describeNotes('workers', { stopsGracefully: false }))
