// node packages/telemetry/cost.mjs [none|sdk]: how long a tool call takes with telemetry, against without
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withTelemetry } from '@portico-mcp/telemetry'

const REQUESTS = 300
const ROUNDS = 41

if (process.argv[2] === 'sdk') {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider())
  metrics.setGlobalMeterProvider(new MeterProvider())
}

const plain = createMcpHandler(() => {
  const server = new McpServer({ name: 'cost', version: '1.0.0' })
  server.registerTool('work', {}, async () => ({ content: [{ type: 'text', text: 'done' }] }))
  return server
})
const observed = withTelemetry(plain)
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'work', arguments: {} },
})
const init = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
  body,
}

async function microsecondsOf({ fetch }) {
  const started = performance.now()
  for (let index = 0; index < REQUESTS; index++) {
    await (await fetch(new Request('http://localhost/mcp', init))).text()
  }
  return ((performance.now() - started) * 1000) / REQUESTS
}

const without = []
const instrumented = []
for (let round = 0; round < ROUNDS; round++) {
  // taken in turn, so that a busy machine slows both
  without.push(await microsecondsOf(plain))
  instrumented.push(await microsecondsOf(observed))
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const [before, after] = [median(without), median(instrumented)]
console.log(
  `without ${before.toFixed(1)} µs, with ${after.toFixed(1)} µs, ratio ${(after / before).toFixed(3)}`,
)
