import { expect, it } from 'vitest'
import { type AuthInfo, authChecks, checkScopes, runWithAuth, staticVerifier } from './index.ts'

const verifier = staticVerifier({ 'a-token-for-tests': { clientId: 'ann', scopes: ['admin'] } })
const request = () =>
  new Request('https://mcp.example.com', { headers: { authorization: 'Bearer a-token-for-tests' } })

async function callerOf(options: Parameters<typeof authChecks.requireBearerAuth>[0]): Promise<AuthInfo> {
  const decision = await authChecks.requireBearerAuth(options)(request(), {})
  if (!decision || decision instanceof Response || !decision.authInfo) throw new Error('not identified')
  return decision.authInfo
}

it('carries the scope hierarchy of a check to the handler, with the identity alone', async () => {
  const authInfo = await callerOf({
    verifier,
    requireExpiry: false,
    scopeHierarchy: { admin: ['notes:read'] },
  })
  expect(() => runWithAuth({ authInfo }, () => checkScopes(['notes:read']))).not.toThrow()
  expect(() => runWithAuth({ authInfo }, () => checkScopes(['notes:write']))).toThrow('Insufficient scopes')
})

it('keeps the hierarchies of two checks with one verifier apart', async () => {
  const wide = await callerOf({ verifier, requireExpiry: false, scopeHierarchy: { admin: ['notes:read'] } })
  const narrow = await callerOf({ verifier, requireExpiry: false })
  expect(narrow).toEqual(wide)
  expect(() => runWithAuth({ authInfo: narrow }, () => checkScopes(['notes:read']))).toThrow(
    'Insufficient scopes',
  )
})

it('answers what it does not let pass', async () => {
  const check = authChecks.requireBearerAuth({
    verifier,
    requireExpiry: false,
    requiredScopes: ['notes:read'],
  })
  expect(await check(request(), {})).toHaveProperty('status', 403)
  expect(await check(new Request('https://mcp.example.com'), {})).toHaveProperty('status', 401)
})
