import type { Client } from './client.ts'
import {
  type ClientCheck,
  checkPublic,
  createConfiguredCheck,
  createRegisteredCheck,
} from './client-authentication.ts'
import type { ClientCredentials } from './client-credentials.ts'
import { isDocumentUrl } from './client-document.ts'
import { ClientDocuments } from './client-documents.ts'
import { createDocumentReader } from './document-request.ts'
import type { ClientView, ConfiguredClient } from './options.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { createRegistrations, type Registrations } from './registrations.ts'
import type { Settings } from './settings.ts'

/** The clients of a server: configured, registered, and those described by a document. */
export interface Clients {
  readonly registrations: Registrations
  /**
   * Finds a client.
   *
   * @param checkLimit - Called before a document is fetched. It throws to prevent that.
   * @throws OAuthServerRefusal if the client is unknown or not allowed.
   */
  find(clientId: string, checkLimit: () => Promise<void>): Promise<Client>
  /** Calls the option `allowClient`. */
  isAllowed(client: ClientView): Promise<boolean>
  /**
   * Authenticates a client at the token endpoint (RFC 6749 §2.3).
   *
   * @returns The client id.
   * @throws OAuthServerRefusal `bad-client-credentials`
   */
  authenticate(credentials: ClientCredentials): Promise<string>
}

/** Creates the clients of a server. */
export function createClients(settings: Settings): Clients {
  const { clients, allowClient, enableCIMD, enableDCR, sessionSecrets, registrationTTLSeconds } = settings
  const configured = new Map(clients.map((client) => [client.clientId, client]))
  const registrations = createRegistrations(sessionSecrets, registrationTTLSeconds)
  const documents = new ClientDocuments(
    createDocumentReader(settings.documentFetch, settings.lookup),
    settings.allowedRedirectSchemes,
  )

  async function lookUp(clientId: string, checkLimit: () => Promise<void>): Promise<Client | undefined> {
    const known = configured.get(clientId)
    if (known) return toClient(known)
    if (enableCIMD && isDocumentUrl(clientId)) return documents.find(clientId, checkLimit)
    return enableDCR ? (await registrations.find(clientId))?.client : undefined
  }

  async function findCheck(clientId: string): Promise<ClientCheck | undefined> {
    const known = configured.get(clientId)
    if (known) return createConfiguredCheck(known)
    if (enableCIMD && isDocumentUrl(clientId)) return checkPublic
    const registration = enableDCR ? await registrations.find(clientId) : undefined
    return registration && createRegisteredCheck(clientId, registration, registrations)
  }

  const isAllowed = async (view: ClientView): Promise<boolean> => !allowClient || (await allowClient(view))

  return {
    registrations,
    isAllowed,
    async find(clientId, checkLimit) {
      const client = await lookUp(clientId, checkLimit)
      if (!client) throw new OAuthServerRefusal('unknown-client')
      const { refreshes: _, ...view } = client
      if (!(await isAllowed(view))) throw new OAuthServerRefusal('client-refused')
      return client
    },
    async authenticate(credentials) {
      let hint = 'The client_id is not known, or its registration has expired'
      for (const clientId of credentials.clientIds) {
        const check = await findCheck(clientId)
        const failure = check ? await check(credentials) : hint
        if (failure === undefined) return clientId
        hint = failure
      }
      const headers: Record<string, string> = credentials.inHeader
        ? { 'www-authenticate': 'Basic realm="oauth"' }
        : {}
      throw new OAuthServerRefusal('bad-client-credentials', { hint, headers })
    },
  }
}

const toClient = ({ clientId, clientName, redirectUris }: ConfiguredClient): Client => ({
  kind: 'configured',
  clientId,
  clientName,
  redirectUris,
  refreshes: true,
})
