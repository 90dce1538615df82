import { isEqual } from '@portico-mcp/core/internal'
import type { ClientCredentials } from './client-credentials.ts'
import { digestText } from './digest.ts'
import type { ConfiguredClient } from './options.ts'
import type { Registration, Registrations } from './registrations.ts'

/** Authenticates a client. Returns why that failed, or undefined if it succeeded. */
export type ClientCheck = (credentials: ClientCredentials) => Promise<string | undefined>

/** Checks a public client, which has no secret. */
export const checkPublic: ClientCheck = async ({ secrets }) =>
  secrets.length === 0 ? undefined : 'This application has no client_secret, and must not send one'

/** Creates the check of a configured client. Its secret may be in the header or in the body. */
export const createConfiguredCheck =
  ({ clientSecret }: ConfiguredClient): ClientCheck =>
  async (credentials) => {
    if (clientSecret === undefined) return checkPublic(credentials)
    const expected = digestText(clientSecret)
    return checkSecrets(credentials, async (secret) => isEqual(expected, digestText(secret)))
  }

/** Creates the check of a registered client. It must use the method that it registered. */
export const createRegisteredCheck =
  (
    clientId: string,
    { authMethod, anySecretMethod }: Registration,
    registrations: Registrations,
  ): ClientCheck =>
  async (credentials) => {
    if (authMethod === 'none') return checkPublic(credentials)
    const { secrets, method } = credentials
    if (secrets.length > 0 && method !== authMethod && !anySecretMethod) {
      return `This application registered the method ${authMethod}, and used ${method}`
    }
    return checkSecrets(credentials, (secret) => registrations.isSecret(clientId, secret))
  }

/** Compares all readings of a secret, even after one has matched, so that the time does not reveal which one did. */
async function checkSecrets(
  { secrets, inHeader }: ClientCredentials,
  matches: (secret: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (secrets.length === 0) return 'The client_secret is missing'
  const results = await Promise.all(secrets.map(matches))
  if (results.includes(true)) return undefined
  return inHeader
    ? 'The client_secret is wrong; in a Basic header, it and the client_id are form-encoded'
    : 'The client_secret is wrong'
}
