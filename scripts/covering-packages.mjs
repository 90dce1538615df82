/**
 * The packages whose tests run most of core. Only they count for its coverage: what the tests of other packages run of
 * core, these run as well, but for a few branches, and recording doubles the time that a test takes.
 */
export const COVERING_PACKAGES = [
  'core',
  'audits',
  'auth',
  'guard',
  'node',
  'sessions',
  'shared-server',
  'tasks',
  'telemetry',
  'dashboard',
  'tools',
  'express',
]
