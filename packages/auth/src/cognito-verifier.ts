import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { createJwtCheck } from './check-jwt.ts'
import type { ClaimMapping } from './claim-mapping.ts'
import { readAuthInfoFromClaims } from './claims.ts'
import { invalidToken } from './errors.ts'
import { CLAIM_RULES, KEY_RULES } from './option-rules.ts'
import { createRemoteKeys, type KeyFetching } from './remote-keys.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link cognitoVerifier}. */
export interface CognitoVerifierOptions extends KeyFetching, Pick<ClaimMapping, 'scopesFrom'> {
  /** The id of the user pool, such as `eu-west-1_AbCdEf123`. It contains the region. */
  userPoolId: string
  /** The app clients whose tokens are accepted. */
  clientId: string | readonly string[]
  /** Whether access tokens or ID tokens are accepted. @defaultValue 'access' */
  tokenUse?: 'access' | 'id' | undefined
}

const { anyOfRules, listOf, oneOf, string } = optionRules

const RULES: Rules<keyof CognitoVerifierOptions> = {
  ...KEY_RULES,
  scopesFrom: CLAIM_RULES.scopesFrom,
  userPoolId: string,
  // An item may be an empty environment variable.
  clientId: anyOfRules(string, listOf(string, 'strings')),
  tokenUse: oneOf('access', 'id'),
}

/**
 * Creates a verifier of the tokens of an Amazon Cognito user pool.
 *
 * An access token has its app client in `client_id`, an ID token in `aud`. An access token has an `aud` only if it was
 * requested for a resource; it is then compared with the expected resource. For other tokens the check of the app client
 * replaces the check of the audience.
 *
 * @param options - See {@link CognitoVerifierOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, if `userPoolId` is malformed, or if `clientId` is empty.
 * @throws RangeError if a number is out of range.
 */
export function cognitoVerifier(options: CognitoVerifierOptions): OAuthTokenVerifier {
  validateOptions('cognitoVerifier', options, RULES)
  const { userPoolId, tokenUse = 'access' } = options
  const region = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(userPoolId)?.[1]
  if (!region) {
    const got = JSON.stringify(userPoolId)
    throw new TypeError(`cognitoVerifier: userPoolId must look like "eu-west-1_AbCdEf123" (got ${got})`)
  }
  const clients = [options.clientId].flat().filter(Boolean)
  if (clients.length === 0) {
    const got = JSON.stringify(options.clientId)
    throw new TypeError(`cognitoVerifier: clientId must name one app client or more (got ${got})`)
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const issuer = `https://cognito-idp.${region}.${domain}/${userPoolId}`
  const keys = createRemoteKeys(new URL(`${issuer}/.well-known/jwks.json`), options)
  const check = createJwtCheck({ algorithms: ['RS256'] })
  const verifier: OAuthTokenVerifier = {
    name: `cognitoVerifier(${userPoolId})`,
    async verifyAccessToken(token, expectation) {
      const claims = await check(token, keys, issuer)
      const { token_use, client_id, aud } = claims
      if (token_use !== tokenUse) throw invalidToken('wrong-type')
      const client = tokenUse === 'id' ? aud : client_id
      if (typeof client !== 'string' || !clients.includes(client)) throw invalidToken('wrong-client')
      const hasResource = tokenUse === 'access' && aud !== undefined
      const authInfo = readAuthInfoFromClaims(token, claims, expectation, hasResource ? undefined : false, {
        scopesFrom: options.scopesFrom,
      })
      return { ...authInfo, clientId: client }
    },
  }
  return cacheableByOptions(verifier, options)
}
