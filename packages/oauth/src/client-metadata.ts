import { type ClientAuthMethod, cleanName } from './client.ts'
import { isRedirectUri, redirectUriHint } from './redirect-uri.ts'
import { OAuthServerRefusal, shortened } from './refusal.ts'

/** What an application says of itself (RFC 7591 §2), as far as it is kept. */
export interface ClientMetadata {
  clientName: string
  redirectUris: string[]
  authMethod: ClientAuthMethod
  /** Whether the application named no method, and may send its secret in the header or in the body. */
  anySecretMethod: boolean
  refreshes: boolean
}

/** Where the metadata comes from. A document is public, so its application has no secret. */
export type MetadataSource = 'registration' | 'document'

const MAX_REDIRECT_URIS = 10
/** The strongest method first. The first is also what an application gets that says nothing (RFC 7591 §2). */
const METHODS: Record<MetadataSource, readonly ClientAuthMethod[]> = {
  registration: ['client_secret_basic', 'client_secret_post', 'none'],
  document: ['none'],
}
const GRANT_TYPES = ['authorization_code', 'refresh_token']

/**
 * Reads the metadata of an application. Members, redirect URIs and types that the server cannot use are left out, and
 * nothing is added that the application did not ask for: it is refused only where nothing usable remains.
 *
 * @param schemes - Private-use schemes that redirect URIs may have.
 * @throws OAuthServerRefusal `bad-redirect-uri` or `bad-client-metadata`, which names the member.
 */
export function readClientMetadata(
  given: unknown,
  schemes: readonly string[],
  source: MetadataSource,
): ClientMetadata {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw bad('a JSON object')
  const metadata = withoutNulls(given)
  const grantTypes = textsOf(metadata.grant_types) ?? GRANT_TYPES
  if (grantTypes.length > 0 && !grantTypes.includes('authorization_code')) {
    throw bad('grant_types', 'It must contain authorization_code')
  }
  const responseTypes = textsOf(metadata.response_types) ?? []
  if (responseTypes.length > 0 && !responseTypes.includes('code')) {
    throw bad('response_types', 'It must contain code')
  }
  return {
    clientName: cleanName(metadata.client_name),
    redirectUris: readRedirectUris(metadata.redirect_uris, schemes),
    ...readAuthMethod(metadata, METHODS[source]),
    refreshes: grantTypes.includes('refresh_token'),
  }
}

/** The members that say something: `null` is as good as absent. */
export const withoutNulls = (given: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))

function readRedirectUris(given: unknown, schemes: readonly string[]): string[] {
  if (!Array.isArray(given) || given.length === 0) throw bad('redirect_uris', 'It must be a list of URIs')
  const usable = new Set<string>()
  for (const uri of given) {
    if (usable.size < MAX_REDIRECT_URIS && isRedirectUri(uri, schemes)) usable.add(uri)
  }
  if (usable.size > 0) return [...usable]
  const [first] = given
  if (typeof first !== 'string') throw new OAuthServerRefusal('bad-redirect-uri')
  throw new OAuthServerRefusal('bad-redirect-uri', {
    parameter: shortened(first),
    hint: redirectUriHint(first, schemes),
  })
}

/**
 * The method of the token endpoint. Where the server cannot use the one that is named, it takes one of those that the
 * application supports besides (`token_endpoint_auth_methods_supported` of OpenID Connect RP Metadata Choices).
 */
function readAuthMethod(
  metadata: Record<string, unknown>,
  usable: readonly ClientAuthMethod[],
): Pick<ClientMetadata, 'authMethod' | 'anySecretMethod'> {
  const { token_endpoint_auth_method: named, token_endpoint_auth_methods_supported: others } = metadata
  const supported = textsOf(others) ?? []
  const authMethod =
    usable.find((method) => method === named) ?? usable.find((method) => supported.includes(method))
  if (authMethod) return { authMethod, anySecretMethod: false }
  if (named !== undefined || supported.length > 0) {
    throw bad('token_endpoint_auth_method', `Supported here: ${usable.join(', ')}`)
  }
  const [otherwise] = usable as [ClientAuthMethod]
  return { authMethod: otherwise, anySecretMethod: otherwise !== 'none' }
}

/** The texts of a list, or of a single text; undefined for a member that is absent. */
function textsOf(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return [value].flat().filter((item): item is string => typeof item === 'string')
}

const bad = (parameter: string, hint?: string): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-metadata', { parameter, hint })
