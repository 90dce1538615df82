import type { Client } from './client.ts'
import { type Check, checkConfigured, checkPublic, checkRegistered } from './client-authentication.ts'
import type { ClientCredentials } from './client-credentials.ts'
import { isDocumentUrl } from './client-document.ts'
import { clientDocuments } from './client-documents.ts'
import { documentReader } from './document-request.ts'
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
   * @returns The client id.
   * @throws OAuthServerRefusal `bad-client-credentials`
   */
  authenticate(credentials: ClientCredentials): Promise<string>
}

export function clientsOf(settings: Settings): Clients {
  const { clients, allowClient, enableCIMD, enableDCR, sessionSecrets, registrationTTLSeconds } = settings
  const configured = new Map(clients.map((client) => [client.clientId, client]))
  const registered = registrations(sessionSecrets, registrationTTLSeconds)
  const documents = clientDocuments(
    documentReader(settings.documentFetch, settings.lookup),
    settings.allowedRedirectSchemes,
  )

  async function lookUp(clientId: string, mayFetch: () => Promise<void>): Promise<Client | undefined> {
    const known = configured.get(clientId)
    if (known) return asClient(known)
    if (enableCIMD && isDocumentUrl(clientId)) return documents.find(clientId, mayFetch)
    return enableDCR ? (await registered.find(clientId))?.client : undefined
  }

  async function checkOf(clientId: string): Promise<Check | undefined> {
    const known = configured.get(clientId)
    if (known) return checkConfigured(known)
    if (enableCIMD && isDocumentUrl(clientId)) return checkPublic
    const registration = enableDCR ? await registered.find(clientId) : undefined
    return registration && checkRegistered(clientId, registration, registered)
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
      let hint = 'The client_id is not known, or its registration has expired'
      for (const clientId of credentials.clientIds) {
        const check = await checkOf(clientId)
        const reason = check ? await check(credentials) : hint
        if (reason === undefined) return clientId
        hint = reason
      }
      const headers: Record<string, string> = credentials.inHeader
        ? { 'www-authenticate': 'Basic realm="oauth"' }
        : {}
      throw new OAuthServerRefusal('bad-client-credentials', { hint, headers })
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
