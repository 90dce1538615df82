import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  distDir: 'dist',
  // the packages of this workspace are linked from there
  turbopack: { root: join(import.meta.dirname, '../..') },
}

export default config
