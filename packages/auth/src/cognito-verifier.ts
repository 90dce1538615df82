import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { readChecks } from './check-jwt.ts'
import type { ClaimMapping } from './claim-mapping.ts'
import { authInfoOf } from './claims.ts'
import { invalidToken } from './errors.ts'
import { CLAIM_RULES, KEY_RULES } from './option-rules.ts'
import { type KeyFetching, remoteKeys } from './remote-keys.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link cognitoVerifier}. */
export interface CognitoVerifierOptions extends KeyFetching, Pick<ClaimMapping, 'scopesFrom'> {
  /** Such as `eu-west-1_AbCdEf123`; the region is read from it. */
  userPoolId: string
  /** The app clients whose tokens are accepted. */
  clientId: string | readonly string[]
  /** Which of the pool's tokens are accepted. @defaultValue 'access' */
  tokenUse?: 'access' | 'id' | undefined
}

const { anyOfRules, listOf, oneOf, string } = optionRules

const RULES: Rules<keyof CognitoVerifierOptions> = {
  ...KEY_RULES,
  scopesFrom: CLAIM_RULES.scopesFrom,
  userPoolId: string,
  // one may be an empty variable of the environment
  clientId: anyOfRules(string, listOf(string, 'strings')),
  tokenUse: oneOf('access', 'id'),
}

/**
 * Verifies tokens of an Amazon Cognito user pool. An access token names its app client in `client_id`, an
 * ID token in `aud`. Only an access token that was asked for a resource has that in `aud`, and is then
 * compared with the resource that the gate expects; for any other the app client stands for it.
 *
 * @param options - See {@link CognitoVerifierOptions}.
 * @throws TypeError for an id that is none of a user pool, or without a client.
 */
export function cognitoVerifier(options: CognitoVerifierOptions): OAuthTokenVerifier {
  validateOptions('cognitoVerifier', options, RULES)
  const { userPoolId, tokenUse = 'access' } = options
  const region = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(userPoolId)?.[1]
  if (!region) throw new TypeError('cognitoVerifier: userPoolId must look like eu-west-1_AbCdEf123')
  const clients = [options.clientId].flat().filter(Boolean)
  if (clients.length === 0) throw new TypeError('cognitoVerifier: clientId is missing')
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const issuer = `https://cognito-idp.${region}.${domain}/${userPoolId}`
  const keys = remoteKeys(new URL(`${issuer}/.well-known/jwks.json`), options)
  const check = readChecks({ algorithms: ['RS256'] })
  const verifier: OAuthTokenVerifier = {
    name: `cognitoVerifier(${userPoolId})`,
    async verifyAccessToken(token, expectation) {
      const claims = await check(token, keys, issuer)
      const { token_use, client_id, aud } = claims
      if (token_use !== tokenUse) throw invalidToken('wrong-type')
      const client = tokenUse === 'id' ? aud : client_id
      if (typeof client !== 'string' || !clients.includes(client)) throw invalidToken('wrong-client')
      const namesResource = tokenUse === 'access' && aud !== undefined
      const authInfo = authInfoOf(token, claims, expectation, namesResource ? undefined : false, {
        scopesFrom: options.scopesFrom,
      })
      return { ...authInfo, clientId: client }
    },
  }
  return cacheableByOptions(verifier, options)
}
