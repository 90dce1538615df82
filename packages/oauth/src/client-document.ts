import { type Client, cleanName } from './client.ts'
import { readClientMetadata, removeNulls } from './client-metadata.ts'
import { isPublicName } from './public-host.ts'
import { OAuthServerRefusal } from './refusal.ts'

const MAX_ID_LENGTH = 512

/**
 * Whether a client id is the URL of a client metadata document (draft-00 §3): https on a public host, with a path, and
 * without anything that obscures where it leads.
 */
export function isDocumentUrl(clientId: string): boolean {
  if (
    clientId.length > MAX_ID_LENGTH ||
    !/^https:\/\/[\x21-\x7e]+$/.test(clientId) ||
    !URL.canParse(clientId)
  )
    return false
  const { href, pathname, username, password, port, hostname } = new URL(clientId)
  const isPlain = !username && !password && !/[@#\\]/.test(clientId) && port === ''
  // The id is compared as a string, so it must be in normal form.
  return isPlain && href === clientId && pathname !== '/' && !/%2e/i.test(pathname) && isPublicName(hostname)
}

/**
 * Reads the metadata document of a client.
 *
 * @param schemes - The private-use schemes that redirect URIs may have.
 * @throws OAuthServerRefusal `bad-client-document`
 */
export function readClientDocument(clientId: string, text: string, schemes: readonly string[]): Client {
  const document = parseObject(text)
  if (document.client_id !== clientId) throw createRefusal('Its client_id must be the URL of the document')
  if (Object.keys(document).some((name) => name.startsWith('client_secret'))) {
    throw createRefusal('It must not have a client_secret')
  }
  if (cleanName(document.client_name) === '') throw createRefusal('Its client_name is missing')
  try {
    const { clientName, redirectUris, refreshes } = readClientMetadata(document, schemes, 'document')
    return { kind: 'document', clientId, clientName, redirectUris, refreshes }
  } catch (cause) {
    throw createRefusal((cause as Error).message, cause)
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return removeNulls(JSON.parse(text))
  } catch (cause) {
    throw createRefusal('It must be a JSON object', cause)
  }
}

const createRefusal = (hint: string, cause?: unknown): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-document', { hint, cause })
