import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'

/** What an application keeps between the pages of a sign-in. */
export interface Application extends OAuthClientProvider {
  /** Where the person was sent last. */
  readonly authorizationUrl: URL
  readonly accessToken: string
}

/** An application that is known to nobody yet. */
export function createApplication(): Application {
  const kept: Record<string, any> = {}
  return {
    redirectUrl: 'http://127.0.0.1:1/callback',
    clientMetadata: {
      client_name: 'An application',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1:1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    } as OAuthClientProvider['clientMetadata'],
    clientInformation: () => kept.client,
    saveClientInformation: (client) => {
      kept.client = client
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens
    },
    discoveryState: () => kept.discovered,
    saveDiscoveryState: (discovered) => {
      kept.discovered = discovered
    },
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier
    },
    redirectToAuthorization: (url) => {
      kept.authorizationUrl = url
    },
    invalidateCredentials: (scope) => {
      if (scope === 'tokens' || scope === 'all') kept.tokens = undefined
      if (scope === 'client' || scope === 'all') kept.client = undefined
    },
    get authorizationUrl(): URL {
      return kept.authorizationUrl
    },
    get accessToken(): string {
      return kept.tokens.access_token
    },
  }
}
