import { describeFramework } from '@portico-example/testing/frameworks'
import { vi } from 'vitest'
import { listen } from './testing/listen.ts'

vi.mock('express', () => import('express-4'))

describeFramework({ plainApps: {}, listen: (setup) => listen(setup) })
