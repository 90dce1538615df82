import { type ClientAuthMethod, cleanName } from './client.ts'
import { isRedirectUri } from './redirect-uri.ts'
import { OAuthServerRefusal } from './refusal.ts'

/** What an application says of itself (RFC 7591 §2), as far as it is kept. */
export interface ClientMetadata {
  clientName: string
  redirectUris: string[]
  authMethod: ClientAuthMethod
  refreshes: boolean
}

const MAX_REDIRECT_URIS = 10
const METHODS: readonly unknown[] = ['none', 'client_secret_basic', 'client_secret_post']

/**
 * Reads the metadata of an application. What is not known is ignored.
 *
 * @param schemes - Private-use schemes that redirect URIs may have.
 * @throws OAuthServerRefusal `bad-redirect-uri` or `bad-client-metadata`, which names the member.
 */
export function readClientMetadata(given: unknown, schemes: readonly string[]): ClientMetadata {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw bad('a JSON object')
  const metadata = given as Record<string, unknown>
  const { redirect_uris: uris, grant_types: grants, response_types: responses, client_name: name } = metadata
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > MAX_REDIRECT_URIS) throw bad('redirect_uris')
  if (!uris.every((uri) => isRedirectUri(uri, schemes))) throw new OAuthServerRefusal('bad-redirect-uri')
  const types = listOf('grant_types', grants, ['authorization_code', 'refresh_token'])
  if (!types.includes('authorization_code')) throw bad('grant_types')
  if (!listOf('response_types', responses, ['code']).includes('code')) throw bad('response_types')
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic'
  if (!METHODS.includes(method)) throw bad('token_endpoint_auth_method')
  if (name !== undefined && typeof name !== 'string') throw bad('client_name')
  return {
    clientName: cleanName(name),
    redirectUris: uris as string[],
    authMethod: method as ClientAuthMethod,
    refreshes: types.includes('refresh_token'),
  }
}

function listOf(name: string, value: unknown, otherwise: string[]): string[] {
  if (value === undefined) return otherwise
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw bad(name)
}

const bad = (parameter: string): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-metadata', { parameter })
