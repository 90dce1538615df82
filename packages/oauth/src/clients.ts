import type { Client } from './client.ts'
import type { ClientCredentials } from './client-credentials.ts'
import { clientDocuments, isDocumentUrl } from './client-document.ts'
import { digestOf, isEqual } from './digest.ts'
import type { ClientView, ConfiguredClient } from './options.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { type Registrations, registrations } from './registrations.ts'
import type { Settings } from './settings.ts'

/** The applications that may ask for tokens, however they are known. */
export interface Clients {
  readonly registrations: Registrations
  /**
   * @param mayFetch - Asked before a document is fetched; throws to refuse.
   * @throws OAuthServerRefusal for one that is not known, or not allowed.
   */
  find(clientId: string, mayFetch: () => Promise<void>): Promise<Client>
  /** Whether the host allows an application. */
  isAllowed(client: ClientView): Promise<boolean>
  /**
   * Checks who asks at the token endpoint (RFC 6749 §2.3).
   *
   * @throws OAuthServerRefusal `bad-client-credentials`
   */
  authenticate(credentials: ClientCredentials): Promise<void>
}

export function clientsOf(settings: Settings): Clients {
  const { clients, allowClient, enableCIMD, enableDCR, sessionSecrets, registrationTTL } = settings
  const configured = new Map(clients.map((client) => [client.clientId, client]))
  const registered = registrations(sessionSecrets, registrationTTL)
  const { fetch, lookup, allowedRedirectSchemes: schemes } = settings
  const documents = clientDocuments({ fetch, lookup, schemes })

  async function lookUp(clientId: string, mayFetch: () => Promise<void>): Promise<Client | undefined> {
    const known = configured.get(clientId)
    if (known) return asClient(known)
    if (enableCIMD && isDocumentUrl(clientId)) return documents.find(clientId, mayFetch)
    return enableDCR ? (await registered.find(clientId))?.client : undefined
  }

  async function isAuthentic({ clientId, secret, method }: ClientCredentials): Promise<boolean> {
    const known = configured.get(clientId)
    if (known) return isConfiguredSecret(known, secret)
    if (enableCIMD && isDocumentUrl(clientId)) return secret === undefined
    const registration = enableDCR ? await registered.find(clientId) : undefined
    if (!registration || registration.authMethod !== method) return false
    return secret === undefined || registered.isSecretOf(clientId, secret)
  }

  const isAllowed = async (view: ClientView): Promise<boolean> => !allowClient || (await allowClient(view))

  return {
    registrations: registered,
    isAllowed,
    async find(clientId, mayFetch) {
      const client = await lookUp(clientId, mayFetch)
      if (!client) throw new OAuthServerRefusal('unknown-client')
      const { refreshes: _, ...view } = client
      if (!(await isAllowed(view))) throw new OAuthServerRefusal('client-refused')
      return client
    },
    async authenticate(credentials) {
      if (await isAuthentic(credentials)) return
      const headers = { 'www-authenticate': 'Basic realm="oauth"' }
      throw new OAuthServerRefusal(
        'bad-client-credentials',
        credentials.method === 'client_secret_basic' ? { headers } : {},
      )
    },
  }
}

const asClient = ({ clientId, clientName, redirectUris }: ConfiguredClient): Client => ({
  kind: 'configured',
  clientId,
  clientName,
  redirectUris,
  refreshes: true,
})

async function isConfiguredSecret(
  { clientSecret }: ConfiguredClient,
  secret: string | undefined,
): Promise<boolean> {
  if (clientSecret === undefined || secret === undefined) return clientSecret === secret
  return isEqual(await digestOf(clientSecret), await digestOf(secret))
}
