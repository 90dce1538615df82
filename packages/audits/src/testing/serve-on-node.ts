import { createServer } from 'node:http'
import { toNodeHandler } from '@portico-mcp/node'
import handler from './serve-fixture.ts'

createServer(toNodeHandler(handler)).listen(Number(process.env.PORT), '127.0.0.1')
