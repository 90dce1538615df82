import { run } from './workspace.mjs'

const filters = process.argv.slice(2)
for (const script of ['test', 'test-rest']) run(process.execPath, `scripts/${script}.mjs`, ...filters)
