import { describeNotes } from '@portico-example/testing/examples'
import { describe } from 'vitest'

describe('the notes on Deno', () => describeNotes('deno', { stopsGracefully: false }))
