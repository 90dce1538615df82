import { type StreamingLambdaHandler, toStreamingLambdaHandler } from '@portico-mcp/lambda'
import { notes } from './notes.ts'

/** What Lambda runs behind a function URL whose invoke mode is `RESPONSE_STREAM`. */
export const handler: StreamingLambdaHandler = toStreamingLambdaHandler(notes)
