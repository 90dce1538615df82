import { requireBearerAuth, staticVerifier } from '@portico-mcp/auth'
import { HTTPServerError } from './http-server-error.ts'
import type { HTTPServerTelemetryOptions } from './options.ts'

/** Answers `GET /metrics`. */
export type MetricsResponder = (request: Request) => Promise<Response>

/**
 * Creates what serves the metrics of this process as Prometheus text.
 *
 * @throws HTTPServerError if OpenTelemetry's exporter is not installed, or if another meter provider is registered.
 */
export async function createMetrics(
  metrics: NonNullable<HTTPServerTelemetryOptions['metrics']>,
): Promise<MetricsResponder | undefined> {
  if (!metrics) return undefined
  const checkToken = typeof metrics === 'object' ? createTokenCheck(metrics.token) : undefined
  registered ??= register()
  const read = await registered.catch((error) => {
    registered = undefined
    throw error
  })
  return async (request) => (await checkToken?.(request)) ?? textResponse(await read())
}

const textResponse = (text: string): Response =>
  new Response(text, {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  })

function createTokenCheck(token: string): (request: Request) => Promise<Response | undefined> {
  if (typeof token !== 'string' || token.length < 16) {
    throw new HTTPServerError('invalid-option', 'telemetry.metrics.token must have 16 characters or more', {
      option: 'telemetry.metrics',
    })
  }
  const check = requireBearerAuth({ verifier: staticVerifier({ [token]: { clientId: 'metrics' } }) })
  return async (request) => {
    const checked = await check(request)
    return checked instanceof Response ? checked : undefined
  }
}

// OpenTelemetry has one meter provider per process
let registered: Promise<() => Promise<string>> | undefined

async function register(): Promise<() => Promise<string>> {
  const { metrics, MeterProvider, PrometheusExporter, PrometheusSerializer } = await load()
  const exporter = new PrometheusExporter({ preventServerStart: true })
  if (!metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }))) {
    throw new HTTPServerError(
      'meter-provider-registered',
      'telemetry.metrics: the meter provider that is registered has its own exporters',
      { option: 'telemetry.metrics' },
    )
  }
  const serializer = new PrometheusSerializer()
  return async () => serializer.serialize((await exporter.collect()).resourceMetrics)
}

// bundlers accept a missing package only if the import is caught in the same expression
async function load() {
  const [api, sdk, exporter] = await Promise.all([
    import('@opentelemetry/api').catch(rejectMissing),
    import('@opentelemetry/sdk-metrics').catch(rejectMissing),
    import('@opentelemetry/exporter-prometheus').catch(rejectMissing),
  ])
  return { ...api, ...sdk, ...exporter }
}

function rejectMissing(cause: unknown): never {
  throw new HTTPServerError(
    'metrics-unavailable',
    'telemetry.metrics takes @opentelemetry/api, @opentelemetry/sdk-metrics and @opentelemetry/exporter-prometheus: install them',
    { option: 'telemetry.metrics', cause },
  )
}
