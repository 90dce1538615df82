import type { Endpoints } from './endpoints.ts'
import type { Settings } from './settings.ts'

/** The metadata of an authorization server (RFC 8414 §2). */
export interface OAuthServerMetadata {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  registration_endpoint?: string
  revocation_endpoint: string
  jwks_uri: string
  scopes_supported?: readonly string[]
  response_types_supported: readonly string[]
  response_modes_supported: readonly string[]
  grant_types_supported: readonly string[]
  token_endpoint_auth_methods_supported: readonly string[]
  revocation_endpoint_auth_methods_supported: readonly string[]
  code_challenge_methods_supported: readonly string[]
  authorization_response_iss_parameter_supported: true
  client_id_metadata_document_supported?: true
  service_documentation?: string
  [member: string]: unknown
}

const METHODS = ['none', 'client_secret_basic', 'client_secret_post']

/** Builds the metadata of a server. */
export function buildMetadata(settings: Settings, endpoints: Endpoints): OAuthServerMetadata {
  const { issuer, scopesSupported, enableDCR, enableCIMD, documentationUrl } = settings
  return {
    issuer,
    authorization_endpoint: endpoints.authorize,
    token_endpoint: endpoints.token,
    ...(enableDCR && { registration_endpoint: endpoints.register }),
    revocation_endpoint: endpoints.revoke,
    jwks_uri: endpoints.jwks,
    ...(scopesSupported.length > 0 && { scopes_supported: scopesSupported }),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: METHODS,
    revocation_endpoint_auth_methods_supported: METHODS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...(enableCIMD && { client_id_metadata_document_supported: true as const }),
    ...(documentationUrl && { service_documentation: documentationUrl }),
  }
}
