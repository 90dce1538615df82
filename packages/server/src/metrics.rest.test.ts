import { metrics } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterAll, describe, expect, it } from 'vitest'
import { call, definition, post, postRaw, rpc, serve } from './testing/serve.ts'

const scrape = (url: string, headers: Record<string, string> = {}) =>
  fetch(new URL('/metrics', url), { headers })

describe('GET /metrics', () => {
  afterAll(() => metrics.disable())

  it('is refused where another meter provider is registered', async () => {
    metrics.setGlobalMeterProvider(new MeterProvider())
    await expect(serve(definition(), { telemetry: { metrics: true } })).rejects.toMatchObject({
      code: 'meter-provider-registered',
    })
    metrics.disable()
  })

  it('is Prometheus text of what was served and refused', async () => {
    const { url } = await serve(definition(), { telemetry: { metrics: true } })
    await call(url, 'echo')
    await post(url, rpc('ping'), { origin: 'https://evil.example' })
    const response = await scrape(url)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const text = await response.text()
    expect(text).toMatch(/^portico_server_calls_total\{.*mcp_method_name="tools\/call".*\} 1$/m)
    expect(text).toMatch(/^portico_server_rejections_total\{.*origin-not-allowed.*\} 1$/m)
    expect(text).toMatch(/^mcp_server_operation_duration_bucket\{/m)
    expect((await postRaw(new URL('/metrics', url).href, {})).status).toBe(405)
  })

  it('is for who has the token, where there is one', async () => {
    const token = 'scrape-with-this-token'
    const { url } = await serve(definition(), { telemetry: { metrics: { token } } })
    expect((await scrape(url)).status).toBe(401)
    expect((await scrape(url, { authorization: 'Bearer another-token-of-some' })).status).toBe(401)
    expect((await scrape(url, { authorization: `Bearer ${token}` })).status).toBe(200)
  })

  it('is not there by default', async () => {
    const { url } = await serve(definition(), { telemetry: {} })
    expect((await scrape(url)).status).toBe(404)
  })
})

it('measures nothing where telemetry is off', async () => {
  const { url } = await serve(definition(), { telemetry: false })
  expect((await post(url)).status).toBe(200)
})
