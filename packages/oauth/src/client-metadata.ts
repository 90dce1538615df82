import { type ClientAuthMethod, cleanName } from './client.ts'
import { buildRedirectUriHint, isRedirectUri } from './redirect-uri.ts'
import { OAuthServerRefusal, shortenText } from './refusal.ts'

/** The client metadata that the server uses (RFC 7591 §2). */
export interface ClientMetadata {
  clientName: string
  redirectUris: string[]
  authMethod: ClientAuthMethod
  /** Whether the client named no method, so that it may send its secret in the header or in the body. */
  anySecretMethod: boolean
  refreshes: boolean
}

/** Where the metadata comes from. A document is public, so its client has no secret. */
export type MetadataSource = 'registration' | 'document'

const MAX_REDIRECT_URIS = 10
/** The strongest method comes first. It is also the default (RFC 7591 §2). */
const METHODS: Record<MetadataSource, readonly ClientAuthMethod[]> = {
  registration: ['client_secret_basic', 'client_secret_post', 'none'],
  document: ['none'],
}
const GRANT_TYPES = ['authorization_code', 'refresh_token']

/**
 * Reads the metadata of a client. Members, redirect URIs and types that the server does not support are ignored, and nothing
 * is added that the client did not request. The client is refused only if nothing usable remains.
 *
 * @param schemes - The private-use schemes that redirect URIs may have.
 * @throws OAuthServerRefusal `bad-redirect-uri`, or `bad-client-metadata` with the name of the member.
 */
export function readClientMetadata(
  given: unknown,
  schemes: readonly string[],
  source: MetadataSource,
): ClientMetadata {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw createRefusal('a JSON object')
  const metadata = removeNulls(given)
  const grantTypes = readStrings(metadata.grant_types) ?? GRANT_TYPES
  if (grantTypes.length > 0 && !grantTypes.includes('authorization_code')) {
    throw createRefusal('grant_types', 'It must contain authorization_code')
  }
  const responseTypes = readStrings(metadata.response_types) ?? []
  if (responseTypes.length > 0 && !responseTypes.includes('code')) {
    throw createRefusal('response_types', 'It must contain code')
  }
  return {
    clientName: cleanName(metadata.client_name),
    redirectUris: readRedirectUris(metadata.redirect_uris, schemes),
    ...readAuthMethod(metadata, METHODS[source]),
    refreshes: grantTypes.includes('refresh_token'),
  }
}

/** Removes the members that are `null`, which count as absent. */
export const removeNulls = (given: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))

function readRedirectUris(given: unknown, schemes: readonly string[]): string[] {
  if (!Array.isArray(given) || given.length === 0)
    throw createRefusal('redirect_uris', 'It must be a list of URIs')
  const usable = new Set<string>()
  for (const uri of given) {
    if (usable.size < MAX_REDIRECT_URIS && isRedirectUri(uri, schemes)) usable.add(uri)
  }
  if (usable.size > 0) return [...usable]
  const [first] = given
  if (typeof first !== 'string') throw new OAuthServerRefusal('bad-redirect-uri')
  throw new OAuthServerRefusal('bad-redirect-uri', {
    parameter: shortenText(first),
    hint: buildRedirectUriHint(first, schemes),
  })
}

/**
 * Reads the authentication method for the token endpoint. If the server does not support it, another one that the client
 * supports is used (`token_endpoint_auth_methods_supported` of OpenID Connect RP Metadata Choices).
 */
function readAuthMethod(
  metadata: Record<string, unknown>,
  supportedHere: readonly ClientAuthMethod[],
): Pick<ClientMetadata, 'authMethod' | 'anySecretMethod'> {
  const { token_endpoint_auth_method: named, token_endpoint_auth_methods_supported: others } = metadata
  const supported = readStrings(others) ?? []
  const authMethod =
    supportedHere.find((method) => method === named) ??
    supportedHere.find((method) => supported.includes(method))
  if (authMethod) return { authMethod, anySecretMethod: false }
  if (named !== undefined || supported.length > 0) {
    throw createRefusal('token_endpoint_auth_method', `Supported here: ${supportedHere.join(', ')}`)
  }
  const [fallback] = supportedHere as [ClientAuthMethod]
  return { authMethod: fallback, anySecretMethod: fallback !== 'none' }
}

/** Reads the strings of a list, or a single string. Returns undefined if the member is absent. */
function readStrings(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return [value].flat().filter((item): item is string => typeof item === 'string')
}

const createRefusal = (parameter: string, hint?: string): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-metadata', { parameter, hint })
