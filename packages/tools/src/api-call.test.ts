import { afterEach, describe, expect, it } from 'vitest'
import { ApiError, type ApiHeaders, apiCall, runWithApi } from './index.ts'
import { checkRedirect, type Redirects } from './redirect-target.ts'
import { type Answer, closeServers, json, listen, startApi, startSilence } from './testing/api.ts'

afterEach(closeServers)

const secret = { Authorization: 'Bearer of-the-caller', 'x-api-key': 'key' }
const failure = async (call: Promise<unknown>): Promise<ApiError> => {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}

describe('a path', () => {
  it('is beneath the base URL, whose last slash does not count', async () => {
    const api = await startApi()
    for (const base of [`${api.origin}/api/v1`, `${api.origin}/api/v1/`]) {
      await runWithApi({ apiBaseUrl: base }, () =>
        apiCall('GET', '/portfolios?all=1', { query: { page: 2 } }),
      )
      expect(api.last().url).toBe('/api/v1/portfolios?all=1&page=2')
    }
  })

  it('needs a base, and the error names the option', async () => {
    const error = await failure(apiCall('GET', '/portfolios'))
    expect(error.reason).toBe('no-base-url')
    expect(error.message).toMatch(/"\/portfolios".*apiBaseUrl/)
  })

  it.each([
    '/a/../admin',
    '/a/%2E%2e/admin',
    '/a\\..\\admin',
    '/a/.\t./admin',
    '/./a',
    '/..',
    '/a/.%2e?x',
    // for servers that decode before they route, once or twice, or cut parameters off segments
    '/a/..%2fadmin',
    '/a%5C..%5Cadmin',
    '/a/%252e%252e/admin',
    '/a/..%252Fadmin',
    '/a/..;x=1/admin',
    // for servers that trim, or read more than one spelling of a character
    '/a/..%00/admin',
    '/a/..%20/admin',
    '/a/..%09/admin',
    '/a/.%00./admin',
    '/a/%20..',
    '/a/..%2500/admin',
    '/a/\uff0e\uff0e/admin',
    '/a/..\uff0fadmin',
    '/a/%ef%bc%8e%ef%bc%8e%ef%bc%8fadmin',
    '/a/%EF%BC%8E./admin',
    '/a/\u2025/admin',
    '/a/..%ef%bc%bcadmin',
    '/a/%c0%ae%c0%ae/admin',
    '/a/..%c0%afadmin',
    '/a/..\u200b/admin',
    '/a/..%c2%a0/admin',
  ])('must not lead out of its base: %j', async (path) => {
    const api = await startApi()
    const call = runWithApi({ apiBaseUrl: `${api.origin}/api` }, () => apiCall('GET', path))
    expect((await failure(call)).reason).toBe('invalid-url')
    expect(api.received).toEqual([])
  })

  it('may have dots that lead nowhere', async () => {
    const api = await startApi()
    for (const path of ['/a..b/.c/...', '/a%2Fb/v1..v2', '/a;x=../b', '/100%25/%20/%00', '/%E4%BD%A0/%FF']) {
      await apiCall('GET', path, { baseUrl: api.origin })
      expect(api.last().url).toBe(path)
    }
  })

  it.each([
    '/users/undefined',
    '/users/undefined/x',
    '/x?id=undefined',
    '/x?undefined',
    '/x?a=1&b=undefined#c',
    '/x/[object Object]',
    '/x?a=%5Bobject%20Object%5D',
    'http://127.0.0.1:9/undefined',
  ])('is refused where a variable had no value: %s', async (path) => {
    const api = await startApi()
    const error = await failure(apiCall('GET', path, { baseUrl: api.origin }))
    expect([error.reason, error.message]).toEqual(['invalid-url', expect.stringContaining('no value')])
    expect(api.received).toEqual([])
  })

  it('may have the word among others, and as a value of `query`', async () => {
    const api = await startApi()
    for (const path of ['/undefined-behaviour?q=is+undefined&undefined=1', '/x?undefined=']) {
      await apiCall('GET', path, { baseUrl: api.origin, query: { q: 'undefined', none: undefined } })
      expect(api.last().url).toMatch(/q=undefined$/)
      expect(api.last().url).not.toContain('none')
    }
  })

  it('stays with the host of its base, however it looks', async () => {
    const api = await startApi()
    const call = runWithApi({ apiBaseUrl: api.origin }, () => apiCall('GET', '//evil.example.com/x?y=..'))
    await call
    expect(api.last().url).toBe('//evil.example.com/x?y=..')
  })

  it.each([
    'portfolios',
    'file:///etc/passwd',
    'data:,x',
    'http://user:pw@localhost/',
    '\\\\evil',
    'http:',
    '',
  ])('is no %j', async (url) => {
    expect((await failure(apiCall('GET', url))).reason).toBe('invalid-url')
  })
})

describe('headers of the context', () => {
  it('give way to those of the call, in whatever case', async () => {
    const api = await startApi()
    await runWithApi({ apiBaseUrl: api.origin, headers: secret }, () =>
      apiCall('GET', '/', { headers: { authorization: 'Bearer fixed', 'X-Trace': undefined } }),
    )
    expect(api.last().headers).toMatchObject({ authorization: 'Bearer fixed', 'x-api-key': 'key' })
  })

  it('do not give way to empty credentials', async () => {
    const api = await startApi()
    const headers = { Authorization: '', cookie: '', 'x-empty': '' }
    await runWithApi({ apiBaseUrl: api.origin, headers: secret }, () => apiCall('GET', '/', { headers }))
    expect(api.last().headers).toMatchObject({ authorization: 'Bearer of-the-caller', 'x-empty': '' })
    await apiCall('GET', api.origin, { headers })
    for (const name of ['authorization', 'cookie']) expect(api.last().headers).not.toHaveProperty(name)
  })

  it('are left out where they are empty', async () => {
    const api = await startApi()
    const headers = { authorization: '', 'x-api-key': undefined }
    await runWithApi({ apiBaseUrl: api.origin, headers }, () => apiCall('GET', '/'))
    expect(api.last().headers).not.toHaveProperty('authorization')
    expect(api.last().headers).not.toHaveProperty('x-api-key')
  })

  it('go to the origin of the base, and nowhere else unless told', async () => {
    const [api, other, friend] = [await startApi(), await startApi(), await startApi()]
    const context = { apiBaseUrl: `${api.origin}/v1`, headers: secret, headerOrigins: [friend.origin] }
    await runWithApi(context, async () => {
      await apiCall('GET', `${api.origin}/elsewhere`)
      await apiCall('GET', `${other.origin}/`)
      await apiCall('GET', '/', { baseUrl: other.origin })
      await apiCall('GET', `${friend.origin}/`)
    })
    expect(api.last().headers).toMatchObject({ 'x-api-key': 'key' })
    for (const { headers } of other.received) {
      expect(headers).not.toHaveProperty('x-api-key')
      expect(headers).not.toHaveProperty('authorization')
    }
    expect(other.received).toHaveLength(2)
    expect(friend.last().headers).toMatchObject({ 'x-api-key': 'key' })
  })

  it('are bound to scheme, host and port, however an address is written', async () => {
    const api = await startApi()
    const { port } = new URL(api.origin)
    const context = { apiBaseUrl: `http://localhost:${port}`, headers: secret }
    await runWithApi(context, async () => {
      for (const url of [
        `http:127.0.0.1:${port}/`,
        `http:\\\\127.0.0.1:${port}/`,
        `HTTP://127.1:${port}/x`,
      ]) {
        await apiCall('GET', url)
        expect(api.last().headers).not.toHaveProperty('x-api-key')
      }
      // nobody speaks TLS there, so that nothing is told
      await failure(apiCall('GET', `https://localhost:${port}/`))
      await apiCall('GET', `//127.0.0.1:${port}/`)
      expect(api.last()).toMatchObject({
        url: `//127.0.0.1:${port}/`,
        headers: { host: `localhost:${port}` },
      })
    })
  })

  it.each([
    [
      'of the context',
      (origin: string, headers: ApiHeaders) =>
        runWithApi({ apiBaseUrl: origin, headers }, () => apiCall('GET', '/')),
    ],
    ['of the call', (origin: string, headers: ApiHeaders) => apiCall('GET', origin, { headers })],
  ])('%s are refused without their value where they cannot be sent', async (_, call) => {
    const api = await startApi()
    for (const headers of [{ 'x-api-key': 'secret\r\nx-admin: 1' }, { 'x-api-key': 'secret\u2028' }]) {
      await expect(call(api.origin, headers)).rejects.toThrow(
        new TypeError(
          'apiCall: the header x-api-key must not contain line breaks or characters beyond U+00FF',
        ),
      )
    }
    await expect(call(api.origin, { 'secret\n': 'x' })).rejects.toThrow(
      new TypeError("apiCall: headers must have names of letters, digits and -_!#$%&'*+.^`|~"),
    )
    expect(api.received).toEqual([])
  })

  it('go nowhere without a base', async () => {
    const api = await startApi()
    await runWithApi({ headers: secret }, () => apiCall('GET', api.origin))
    expect(api.last().headers).not.toHaveProperty('x-api-key')
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 302): Answer => [status, { location }]

  it('is followed on its origin with everything', async () => {
    const api = await startApi(({ url }) => (url === '/a' ? to('/b') : json('there')))
    const call = runWithApi({ apiBaseUrl: api.origin, headers: secret }, () => apiCall('GET', '/a'))
    expect(await call).toBe('there')
    expect(api.last().headers).toMatchObject({ 'x-api-key': 'key' })
  })

  it('carries no header of context or call to another origin, nor back again', async () => {
    const api = await startApi(({ url }) => (url === '/a' ? to(`${other.origin}/b`, 307) : json('back')))
    const other = await startApi(() => to(`${api.origin}/c`, 307))
    const call = runWithApi({ apiBaseUrl: api.origin, headers: secret }, () =>
      apiCall('POST', '/a', { body: { name: 'x' }, headers: { 'x-token': 'own', cookie: 'a=b' } }),
    )
    expect(await call).toBe('back')
    for (const { headers, body } of [other.last(), api.last()]) {
      for (const name of ['authorization', 'x-api-key', 'x-token', 'cookie'])
        expect(headers).not.toHaveProperty(name)
      expect([headers['content-type'], body]).toEqual(['application/json', '{"name":"x"}'])
    }
  })

  it.each<[Redirects, boolean, boolean]>([
    ['follow', true, true],
    ['same-origin', true, false],
    ['none', false, false],
  ])('of the kind %s is followed to the same origin: %s, to another: %s', async (redirects, same, others) => {
    const other = await startApi(() => json('other'))
    const api = await startApi(({ url }) =>
      url === '/same' ? to('/end') : url === '/other' ? to(`${other.origin}/end`, 307) : json('same'),
    )
    for (const [kind, isFollowed] of [
      ['same', same],
      ['other', others],
    ] as const) {
      const call = apiCall('POST', `${api.origin}/${kind}`, { redirects, body: 'secret' })
      if (isFollowed) expect(await call).toBe(kind)
      else
        expect(await failure(call)).toMatchObject({
          reason: 'redirect',
          message: expect.stringMatching(/^A redirect/),
        })
    }
    expect(other.received).toHaveLength(others ? 1 : 0)
  })

  it('is of no other kind', async () => {
    await expect(apiCall('GET', 'http://localhost/', { redirects: 'all' as never })).rejects.toThrow(
      'apiCall: redirects must be "follow", "same-origin" or "none" (got "all")',
    )
  })

  it.each([
    ['http://127.0.0.1/', true],
    ['http://127.1:8080/', true],
    ['http://2130706433/', true],
    ['http://0x7f.1/', true],
    ['http://0.0.0.0/', true],
    ['http://localhost./', true],
    ['http://a.localhost/', true],
    ['http://169.254.169.254/latest/meta-data', true],
    ['http://[::1]/', true],
    ['http://[::]/', true],
    ['http://[::ffff:127.0.0.1]/', true],
    ['http://[::ffff:169.254.169.254]/', true],
    ['http://[fe80::1]/', true],
    ['http://[FEBF:0::1]/', true],
    ['https://example.com/', false],
    ['http://localhost.example.com/', false],
    ['http://128.0.0.1/', false],
    ['http://[2001:db8::1]/', false],
    ['http://10.0.0.1/', false],
  ])('from a host elsewhere to %s is refused: %s', (target, isRefused) => {
    const from = new URL('https://api.example.com/')
    expect(checkRedirect(from, new URL(target), 'follow') !== undefined).toBe(isRefused)
    expect(checkRedirect(new URL('http://localhost/'), new URL(target), 'follow')).toBeUndefined()
  })

  it('becomes a GET without a body where the fetch standard says so', async () => {
    const api = await startApi(({ url }) => (url === '/a' ? to('/b', 303) : json(1)))
    await apiCall('PUT', `${api.origin}/a`, { body: 1 })
    expect(api.last()).toMatchObject({ method: 'GET', body: '' })
    expect(api.last().headers).not.toHaveProperty('content-type')
  })

  it.each([
    ['for ever', '/a'],
    ['to another protocol', 'file:///etc/passwd'],
  ])('is refused %s', async (_, location) => {
    const api = await startApi(() => to(location))
    expect((await failure(apiCall('GET', `${api.origin}/a`))).reason).toBe('redirect')
    expect(api.received.length).toBeLessThanOrEqual(6)
  })
})

describe('a body', () => {
  it.each([
    [{ name: 'Growth Fund' }, undefined, '{"name":"Growth Fund"}', 'application/json'],
    [null, undefined, 'null', 'application/json'],
    ['text', undefined, '"text"', 'application/json'],
    [{ a: 1 }, { 'Content-Type': 'application/vnd.x+json' }, '{"a":1}', 'application/vnd.x+json'],
    ['a,b', { 'content-type': 'text/csv' }, 'a,b', 'text/csv'],
    [new URLSearchParams({ a: '1' }), undefined, 'a=1', 'application/x-www-form-urlencoded;charset=UTF-8'],
    [
      new TextEncoder().encode('raw'),
      { 'content-type': 'application/octet-stream' },
      'raw',
      'application/octet-stream',
    ],
  ])('%j is sent as what it is', async (body, headers, sent, type) => {
    const api = await startApi()
    await apiCall('post', api.origin, { body, headers })
    expect(api.last()).toMatchObject({ method: 'POST', body: sent, headers: { 'content-type': type } })
  })

  it('is nothing where there is none', async () => {
    const api = await startApi()
    await apiCall('POST', api.origin)
    expect(api.last().headers).not.toHaveProperty('content-type')
    await expect(apiCall('GET', api.origin, { body: 1 })).rejects.toThrow(
      'apiCall: a request with the method GET must not have a body',
    )
  })
})

describe('an answer', () => {
  it.each<[string, Answer, unknown]>([
    ['JSON', json({ a: 1 }), { a: 1 }],
    [
      'a +json type',
      [200, { 'content-type': 'application/problem+json; charset=utf-8' }, '{"a":1}'],
      { a: 1 },
    ],
    ['text', [200, { 'content-type': 'text/plain' }, '{"a":1}'], '{"a":1}'],
    ['204', [204, {}], undefined],
    ['205', [205, {}], undefined],
    ['an empty body of JSON', [200, { 'content-type': 'application/json' }, ''], undefined],
  ])('of %s', async (_, answer, value) => {
    const api = await startApi(() => answer)
    expect(await apiCall('GET', api.origin)).toEqual(value)
  })

  it.each<[Answer, string]>([
    [json({ error: 'bad thing' }, 422), 'bad thing'],
    [json({ error: { message: 'deep thing' } }, 400), 'deep thing'],
    [json({ error: { code: 7 } }, 400), 'HTTP 400'],
    [json({ message: 'x' }, 404), 'x'],
    [
      json({ type: 'about:blank', title: 'Not Found', detail: 'no such pet', status: 404 }, 404),
      'no such pet',
    ],
    [json({ title: 'Not Found' }, 404), 'Not Found'],
    [json({ error: 'invalid_grant', error_description: 'expired' }, 400), 'invalid_grant: expired'],
    [
      json({ error: 'Bad Request', message: ['a is short', 'b is long'] }, 400),
      'Bad Request: a is short; b is long',
    ],
    [
      json({ detail: [{ loc: ['body', 'name'], msg: 'Field required', type: 'missing' }] }, 422),
      'body.name: Field required',
    ],
    [
      json(
        {
          message: 'Validation Failed',
          errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
        },
        422,
      ),
      'Validation Failed: title: missing_field',
    ],
    [json({ errors: { name: ["can't be blank", 'is short'] } }, 422), "name: can't be blank, is short"],
    [
      json({ errors: [{ detail: 'too long', source: { pointer: '/data/name' } }] }, 422),
      '/data/name: too long',
    ],
    [json({ error: { errors: ['first', 'second'] } }, 422), 'first; second'],
    [json(['plain', 'list'], 400), 'plain; list'],
    [json({ detail: { nested: [1] }, message: '' }, 400), 'HTTP 400'],
    [json(null, 404), 'HTTP 404'],
    [[503, { 'content-type': 'text/html' }, '<p>'], 'Service Unavailable'],
    [[599, {}, ''], 'HTTP 599'],
  ])('that is not 2xx throws: %j', async (answer, message) => {
    const api = await startApi(() => answer)
    const error = await failure(apiCall('GET', api.origin))
    expect([error.reason, error.status]).toEqual(['status', answer[0]])
    expect([message, 'unknown']).toContain(error.message)
  })

  it('that fails brings its body along', async () => {
    const api = await startApi(() => json({ fields: ['name'] }, 422))
    expect((await failure(apiCall('GET', api.origin))).body).toEqual({ fields: ['name'] })
  })

  it('of broken JSON is told apart', async () => {
    const api = await startApi(() => [200, { 'content-type': 'application/json' }, '{'])
    expect((await failure(apiCall('GET', api.origin))).reason).toBe('invalid-json')
  })

  it('is read up to a size, whether it says it or not', async () => {
    const declared = await startApi(() => [200, { 'content-length': '5000' }, 'x'.repeat(5000)])
    const endless = await listen((_, response) => {
      response.writeHead(200)
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
      }
      response.on('drain', write)
      write()
    })
    for (const url of [declared.origin, endless]) {
      const call = apiCall('GET', url, { maxResponseBytes: 4999 })
      expect((await failure(call)).reason).toBe('response-too-large')
    }
    expect(await apiCall('GET', declared.origin, { maxResponseBytes: 5000 })).toHaveLength(5000)
  })
})

describe('a retry', () => {
  const wait = { 'retry-after': '0' }
  const failing = (status: number) => startApi(() => [status, wait])

  it.each([408, 429, 502, 503, 504])('comes after %i, as often as told', async (status) => {
    const api = await failing(status)
    const error = await failure(apiCall('GET', api.origin, { retry: 2 }))
    expect([error.status, api.received.length]).toEqual([status, 3])
  })

  it('brings what is there at last', async () => {
    let left = 1
    const api = await startApi(() => (left-- > 0 ? [503, wait] : json('ok')))
    expect(await apiCall('PUT', api.origin, { retry: 1, body: { a: 1 } })).toBe('ok')
    expect(api.received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
  })

  it.each([
    ['GET', 400, 2, 1],
    ['GET', 500, 2, 1],
    ['POST', 503, 2, 1],
    ['PATCH', 503, 2, 1],
    ['POST', 503, { attempts: 2, anyMethod: true }, 3],
    ['GET', 503, undefined, 1],
  ])('%s, %i, %j: %i in all', async (method, status, retry, attempts) => {
    const api = await failing(status)
    await failure(apiCall(method, api.origin, { retry }))
    expect(api.received).toHaveLength(attempts)
  })

  it('comes where nothing answered', async () => {
    let left = 1
    const answered: string[] = []
    const origin = await listen((request, response) => {
      answered.push(request.url!)
      if (left-- > 0) request.socket.destroy()
      else response.end('ok')
    })
    expect(await apiCall('GET', origin, { retry: 1 })).toBe('ok')
    expect(answered).toHaveLength(2)
  })

  it('is a number from 0 on', async () => {
    await expect(apiCall('GET', 'http://localhost/', { retry: -1 })).rejects.toThrow(TypeError)
  })
})

describe('a call ends', () => {
  it('when its time is over, headers or not', async () => {
    const silent = await startApi(() => undefined)
    const halting = await listen((_, response) => void response.writeHead(200).write('x'))
    for (const url of [silent.origin, halting]) {
      expect((await failure(apiCall('GET', url, { timeoutMs: 50 }))).reason).toBe('timeout')
    }
  })

  it('never by itself, if told so', async () => {
    const api = await startApi()
    expect(await apiCall('GET', api.origin, { timeoutMs: Number.POSITIVE_INFINITY })).toEqual({})
  })

  it('when nobody listens', async () => {
    const api = await startApi()
    closeServers()
    const error = await failure(apiCall('GET', api.origin))
    expect(error.reason).toBe('network')
  })

  it.each(['of its own', 'of the context'])('with the signal %s', async (whose) => {
    const { origin, whenArrived, whenLeft } = await startSilence()
    const controller = new AbortController()
    const { signal } = controller
    const call =
      whose === 'of its own'
        ? apiCall('GET', origin, { signal })
        : runWithApi({ signal }, () => apiCall('GET', origin))
    await Promise.race([whenArrived, call])
    controller.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    await whenLeft
  })

  it('when it waits for another attempt', async () => {
    const api = await startApi(() => [503, { 'retry-after': '9' }])
    const controller = new AbortController()
    const call = apiCall('GET', api.origin, { retry: 1, signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(call).rejects.toThrow('enough')
  })
})

describe('what cannot be right', () => {
  it.each(['GET / HTTP/1.1\r\nx: y', 'TRACE', 'CONNECT', ''])(
    'is refused as a method: %j',
    async (method) => {
      const api = await startApi()
      await expect(apiCall(method, api.origin)).rejects.toThrow(TypeError)
      expect(api.received).toEqual([])
    },
  )

  it.each(['/api', 'ftp://x', 'http://x/?a', 'http://x/#a', 'http://u:p@x/'])(
    'is refused: %s',
    (apiBaseUrl) => {
      expect(() => runWithApi({ apiBaseUrl }, () => 1)).toThrow(TypeError)
    },
  )

  it('is refused among origins too', () => {
    expect(() => runWithApi({ headerOrigins: ['https://a.example/path'] }, () => 1)).toThrow(TypeError)
  })
})
