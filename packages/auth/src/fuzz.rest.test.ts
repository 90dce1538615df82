import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bearerAuthChallengeResponse,
  getWwwAuthenticateHeader,
  requireBearerAuth,
  staticVerifier,
} from './index.ts'

const PARAMETER = /^(error|error_description|scope|resource_metadata|realm)="[\x20\x21\x23-\x5b\x5d-\x7e]*"/
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.webUrl({ withQueryParameters: true }),
)

/** Reads a challenge by the grammar; what is no parameter is what was let in. */
function parametersOf(challenge: string): string[] {
  const names: string[] = []
  let rest = challenge.slice('Bearer '.length)
  while (rest) {
    const found = PARAMETER.exec(rest)
    if (!found) throw new Error(`Not a parameter: ${rest}`)
    names.push(found[1]!)
    rest = rest.slice(found[0].length).replace(/^, (?=.)/, '')
  }
  return names
}

describe('a challenge', () => {
  it('follows its grammar, whatever it is made of', () => {
    const challenges = fc.record(
      {
        error: anything,
        errorDescription: anything,
        scopes: fc.array(anything),
        resourceMetadataUrl: anything,
        resource: anything,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(challenges, (challenge) => {
        const header = getWwwAuthenticateHeader(challenge)
        const names = parametersOf(header)
        expect(new Set(names).size).toBe(names.length)
        expect(names.length).toBeGreaterThan(0)
        new Headers({ 'www-authenticate': header })
      }),
      { numRuns: 2000 },
    )
  })

  it('is an answer, whatever was thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          anything.map((text) => new Error(text)),
        ),
        (thrown) => {
          expect(bearerAuthChallengeResponse(thrown).status).toBeGreaterThanOrEqual(400)
        },
      ),
    )
  })
})

describe('an Authorization header', () => {
  const tokens = { 'the-token': { clientId: 'ann' } }
  const gate = requireBearerAuth({ verifier: staticVerifier(tokens) })
  const words = fc.constantFrom(
    'Bearer',
    'bearer',
    'Basic',
    'the-token',
    'the-toke',
    ' ',
    '  ',
    '\t',
    ',',
    '"',
    '=',
    '__proto__',
    'toString',
  )
  const headers = fc.oneof(
    fc.array(words, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) }),
    anything.map((text) => `Bearer ${text.replace(/[^\x20-\x7e]/g, '')}`),
  )

  it('lets through exactly one scheme and the token', async () => {
    await fc.assert(
      fc.asyncProperty(headers, async (authorization) => {
        const request = new Request('http://localhost/mcp', { headers: { authorization } })
        const answer = await gate(request)
        const isRight = /^\s*bearer[ \t]+the-token\s*$/i.test(authorization)
        expect(answer instanceof Response ? answer.status : 200).toBe(isRight ? 200 : 401)
      }),
      { numRuns: 2000 },
    )
  })
})
