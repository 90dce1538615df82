import type { AuthorizationServerMetadata } from './discovery.ts'

/** The options that protected-resource metadata is built from. */
export interface ResourceOptions {
  /** The public URL of the MCP endpoint, as clients call it. */
  resourceServerUrl: string | URL
  /** The metadata of the authorization server. Its issuer is advertised. */
  oauthMetadata?: AuthorizationServerMetadata | undefined
  /** The issuers whose tokens are accepted. @defaultValue the issuer of `oauthMetadata` */
  authorizationServers?: readonly string[] | undefined
  /** The scopes that clients request first; they request others after a 403. @defaultValue left out */
  scopesSupported?: readonly string[] | undefined
  /** A name to show to people. */
  resourceName?: string | undefined
  /** The URL of the documentation. */
  serviceDocumentationUrl?: string | URL | undefined
  /** Allows an http issuer that is not on loopback. For tests. @defaultValue false */
  dangerouslyAllowInsecureIssuerUrl?: boolean | undefined
}

/** Options of `oauthMetadataResponse`. */
export interface AuthMetadataOptions extends ResourceOptions {
  oauthMetadata: AuthorizationServerMetadata
}
