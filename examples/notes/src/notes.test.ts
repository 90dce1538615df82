import { describeNotes } from '@portico/testing'
import { describe } from 'vitest'

describe('the notes', () => describeNotes('notes'))
