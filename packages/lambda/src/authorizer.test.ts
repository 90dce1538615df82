import { getIdentity, runWithAuth } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { authorizerAuthInfo, toLambdaHandler } from './index.ts'
import { recorded } from './testing/events.ts'

/** A recorded event with what an authorizer adds to its context. */
const authorizedBy = (
  shape: string,
  context: object,
  headers: object = { authorization: 'Bearer a.b.c' },
) => {
  const event = recorded(shape)
  return {
    ...event,
    headers: { ...event.headers, ...headers },
    multiValueHeaders: undefined,
    requestContext: { ...event.requestContext, ...context },
  }
}

const iam = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  accountId: '123456789012',
  callerId: 'AIDACKCEVSQ6C2EXAMPLE',
  cognitoIdentity: null,
  principalOrgId: 'o-example',
  userArn: 'arn:aws:iam::123456789012:user/ann',
  userId: 'AIDACOSFODNN7EXAMPLE2',
}
const identity = { ...recorded('rest-api').requestContext.identity }

describe('authorizerAuthInfo', () => {
  it.each(['', ' ', null, undefined])(
    'takes %j in place of an ARN for a caller without identity',
    (userArn) => {
      const ofRestApi = authorizedBy('rest-api', { identity: { ...identity, userArn } })
      expect(authorizerAuthInfo(ofRestApi)).toBeUndefined()
      const ofHttpApi = authorizedBy('http-api', { authorizer: { iam: { ...iam, userArn } } })
      expect(authorizerAuthInfo(ofHttpApi)).toBeUndefined()
    },
  )

  it.each([
    [
      'a Lambda authorizer of a REST API',
      'rest-api',
      {
        authorizer: {
          principalId: 'ann',
          integrationLatency: 12,
          scope: 'notes:read notes:write',
          client_id: 'app',
        },
      },
      { clientId: 'app', scopes: ['notes:read', 'notes:write'], claims: { sub: 'ann' } },
    ],
    [
      'a Cognito authorizer of a REST API',
      'rest-api',
      {
        authorizer: {
          claims: { sub: 'ann', client_id: 'app', scope: 'openid', exp: 'Tue Nov 25 13:34:56 UTC 2025' },
        },
      },
      { clientId: 'app', scopes: ['openid'], expiresAt: 1764077696, claims: { sub: 'ann' } },
    ],
    [
      'a JWT authorizer of an HTTP API',
      'http-api',
      {
        authorizer: {
          jwt: {
            claims: { sub: 'ann', azp: 'app', exp: '1764077696', scp: '[read write]' },
            scopes: ['read'],
          },
        },
      },
      { clientId: 'app', scopes: ['read', 'write'], expiresAt: 1764077696, claims: { sub: 'ann' } },
    ],
    [
      'a JWT authorizer that names the scopes of the route alone',
      'http-api',
      { authorizer: { jwt: { claims: { sub: 'ann' }, scopes: ['read'] } } },
      { clientId: 'ann', scopes: ['read'], claims: { sub: 'ann' } },
    ],
    [
      'a Lambda authorizer of an HTTP API',
      'http-api',
      { authorizer: { lambda: { sub: 'ann', scopes: ['read'], tenant: { id: 7 } } } },
      { clientId: 'ann', scopes: ['read'], claims: { tenant: { id: 7 } } },
    ],
    [
      'IAM in front of a function URL',
      'function-url',
      { authorizer: { iam } },
      {
        clientId: iam.userArn,
        scopes: [],
        claims: { sub: iam.userArn, accountId: '123456789012', userId: iam.userId },
      },
    ],
    [
      'IAM in front of a REST API',
      'rest-api',
      { identity: { ...identity, userArn: iam.userArn, user: iam.userId, accountId: iam.accountId } },
      { clientId: iam.userArn, scopes: [], claims: { userId: iam.userId } },
    ],
  ])('tells who %s found', (_, shape, context, { claims, ...expected }) => {
    const authInfo = authorizerAuthInfo(authorizedBy(shape, context))
    expect(authInfo).toMatchObject({ token: 'a.b.c', ...expected, extra: { claims } })
    expect('expiresAt' in authInfo!).toBe('expiresAt' in expected)
  })

  it.each(['rest-api', 'http-api', 'function-url', 'load-balancer'])(
    'knows nobody behind a %s without an authorizer',
    (shape) => {
      expect(authorizerAuthInfo(recorded(shape))).toBeUndefined()
      expect(authorizerAuthInfo(authorizedBy(shape, { authorizer: {} }))).toBeUndefined()
      expect(authorizerAuthInfo(authorizedBy(shape, { authorizer: null }))).toBeUndefined()
    },
  )

  it('passes on no signature and no access key of IAM', () => {
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20251125, Signature=abc',
    }
    const authInfo = authorizerAuthInfo(authorizedBy('function-url', { authorizer: { iam } }, headers))
    expect(authInfo?.token).toBe('')
    expect(JSON.stringify(authInfo)).not.toContain('AKIA')
  })

  it('does not believe the headers of a request', () => {
    expect(authorizerAuthInfo(authorizedBy('http-api', {}))).toBeUndefined()
  })
})

describe('the option authInfo', () => {
  const server = () => {
    const server = new McpServer({ name: 'tested', version: '1' })
    server.registerTool('who', {}, async ({ authInfo }) => ({
      content: [{ type: 'text', text: JSON.stringify([authInfo?.clientId, getIdentity()?.id]) }],
    }))
    return server
  }
  const mcp = createMcpHandler(server)
  const call = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'who', arguments: {} },
  })
  const event = {
    ...authorizedBy('http-api', { authorizer: { jwt: { claims: { sub: 'ann', client_id: 'app' } } } }),
    body: call,
  }
  const textOf = ({ body }: { body: string }) => JSON.parse(body).result.content[0].text

  it('tells factories and tools', async () => {
    const handle = toLambdaHandler(mcp, { authInfo: authorizerAuthInfo })
    expect(textOf(await handle(event))).toBe('["app",null]')
    expect(textOf(await toLambdaHandler(mcp)(event))).toBe('[null,null]')
  })

  it('tells getIdentity() of @portico-mcp/auth, where it is passed on', async () => {
    const known: typeof mcp = {
      ...mcp,
      fetch: (request, options) =>
        options?.authInfo
          ? runWithAuth({ authInfo: options.authInfo }, () => mcp.fetch(request, options))
          : mcp.fetch(request, options),
    }
    expect(textOf(await toLambdaHandler(known, { authInfo: authorizerAuthInfo })(event))).toBe(
      '["app","ann"]',
    )
  })

  it('answers 500 where it throws', async () => {
    const authInfo = () => {
      throw new Error('secret')
    }
    const { statusCode, body } = await toLambdaHandler(mcp, { authInfo })(event)
    expect([statusCode, body]).toEqual([500, expect.not.stringContaining('secret')])
  })
})
