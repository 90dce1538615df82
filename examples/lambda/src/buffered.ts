import { type LambdaHandler, toLambdaHandler } from '@portico-mcp/lambda'
import { notes } from './notes.ts'

/** What Lambda runs behind an HTTP API or a load balancer, and wherever answers are not streamed. */
export const handler: LambdaHandler = toLambdaHandler(notes)
