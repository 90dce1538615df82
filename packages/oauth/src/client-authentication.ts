import { isEqual } from '@portico-mcp/core/internal'
import type { ClientCredentials } from './client-credentials.ts'
import { digestOf } from './digest.ts'
import type { ConfiguredClient } from './options.ts'
import type { Registration, Registrations } from './registrations.ts'

/** Says why an application is not who it says it is; undefined for one that is. */
export type Check = (credentials: ClientCredentials) => Promise<string | undefined>

/** An application without a secret: only its id counts. */
export const checkPublic: Check = async ({ secrets }) =>
  secrets.length === 0 ? undefined : 'This application has no client_secret, and must not send one'

/** An application that is known beforehand. Its secret may come in the header or in the body. */
export const checkConfigured =
  ({ clientSecret }: ConfiguredClient): Check =>
  async (credentials) => {
    if (clientSecret === undefined) return checkPublic(credentials)
    const own = digestOf(clientSecret)
    return checkSecrets(credentials, async (secret) => isEqual(own, digestOf(secret)))
  }

/** An application that registered itself: held to the method that it named. */
export const checkRegistered =
  (clientId: string, { authMethod, anySecretMethod }: Registration, registrations: Registrations): Check =>
  async (credentials) => {
    if (authMethod === 'none') return checkPublic(credentials)
    const { secrets, method } = credentials
    if (secrets.length > 0 && method !== authMethod && !anySecretMethod) {
      return `This application registered the method ${authMethod}, and used ${method}`
    }
    return checkSecrets(credentials, (secret) => registrations.isSecretOf(clientId, secret))
  }

/** Compares every reading of a secret, also after one that fits: how long it takes does not tell which one did. */
async function checkSecrets(
  { secrets, inHeader }: ClientCredentials,
  isRight: (secret: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (secrets.length === 0) return 'The client_secret is missing'
  const right = await Promise.all(secrets.map(isRight))
  if (right.includes(true)) return undefined
  return inHeader
    ? 'The client_secret is wrong; in a Basic header, it and the client_id are form-encoded'
    : 'The client_secret is wrong'
}
