import { context, DiagLogLevel, diag, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withTelemetry } from './index.ts'
import { collect } from './testing/collect.ts'
import { call, createTools, post } from './testing/requests.ts'

const broken = (): never => {
  throw new Error('It broke')
}

/** Every method of what is registered that telemetry calls, and one way to break it. */
const FAILING: [string, () => unknown][] = [
  ['a sampler', () => ({ ...noTracer, startSpan: broken })],
  ['a span that takes no attributes', () => tracerOf({ setAttributes: broken })],
  ['a span that takes no name', () => tracerOf({ updateName: broken })],
  ['a processor of ended spans', () => tracerOf({ end: broken })],
]

const noTracer = { startActiveSpan: broken }
const tracerOf = (change: object) => ({
  ...noTracer,
  startSpan: () => Object.assign(trace.wrapSpanContext({ traceId: '1', spanId: '1', traceFlags: 0 }), change),
})

const error = vi.fn()
beforeEach(() => {
  for (const api of [context, metrics, propagation, trace]) api.disable()
  collect()
  error.mockClear()
  diag.setLogger(
    { error, warn: () => {}, info: () => {}, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
})
afterEach(() => diag.disable())

/** Calls a tool, once, and checks that nothing of the answer is lost. */
async function check(): Promise<void> {
  let served = 0
  const tools = createTools()
  const handler = withTelemetry({
    ...tools,
    fetch: (request: Request, options?: object) => {
      served += 1
      return tools.fetch(request, options)
    },
  })
  const response = await handler.fetch(post(call('work')))
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('"content"')
  expect(served).toBe(1)
  expect((await handler.fetch(post('no JSON'))).status).toBe(400)
  expect(error).toHaveBeenCalled()
}

function setTracer(tracer: unknown): void {
  trace.disable()
  trace.setGlobalTracerProvider({ getTracer: () => tracer } as never)
}

describe('an answer stays the same', () => {
  it.each(FAILING)('where %s throws', async (_, tracer) => {
    setTracer(tracer())
    await check()
  })

  it('where a provider of tracers throws', async () => {
    trace.disable()
    trace.setGlobalTracerProvider({ getTracer: broken } as never)
    await check()
  })

  it('where a provider of meters, or an instrument of it, throws', async () => {
    metrics.disable()
    metrics.setGlobalMeterProvider({ getMeter: broken } as never)
    await check()
    metrics.disable()
    const instrument = () => ({ add: broken, record: broken })
    const meter = {
      createHistogram: instrument,
      createCounter: instrument,
      createUpDownCounter: instrument,
    }
    metrics.setGlobalMeterProvider({ getMeter: () => meter } as never)
    await check()
  })

  it('where a propagator throws', async () => {
    propagation.disable()
    propagation.setGlobalPropagator({ inject: broken, extract: broken, fields: () => [] })
    await check()
  })

  it.each([
    ['before', broken],
    [
      'after',
      (_: unknown, serve: () => unknown) => {
        serve()
        broken()
      },
    ],
  ])('where a context manager throws %s it has called the handler, which is called once', async (_, run) => {
    context.disable()
    context.setGlobalContextManager({
      active: () => ROOT_CONTEXT,
      with: run,
      bind: (_: unknown, target: unknown) => target,
      enable: () => undefined,
      disable: () => undefined,
    } as never)
    await check()
  })

  it('where the logger of the diagnostics throws as well', async () => {
    setTracer({ startSpan: broken })
    error.mockImplementation(broken)
    await check()
  })
})
