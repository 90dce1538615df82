import { type Client, cleanName } from './client.ts'
import { readClientMetadata, withoutNulls } from './client-metadata.ts'
import { isPublicName } from './public-host.ts'
import { OAuthServerRefusal } from './refusal.ts'

const MAX_ID = 512

/** Whether a client id is the URL of a document (draft-00 §3): https, with a path, and nothing that hides where it leads. */
export function isDocumentUrl(clientId: string): boolean {
  if (clientId.length > MAX_ID || !/^https:\/\/[\x21-\x7e]+$/.test(clientId) || !URL.canParse(clientId))
    return false
  const { href, pathname, username, password, port, hostname } = new URL(clientId)
  const isPlain = !username && !password && !/[@#\\]/.test(clientId) && port === ''
  // whatever a URL would be tidied to is another name
  return isPlain && href === clientId && pathname !== '/' && !/%2e/i.test(pathname) && isPublicName(hostname)
}

/** Reads the document of an application. @throws OAuthServerRefusal `bad-client-document` */
export function readDocument(clientId: string, text: string, schemes: readonly string[]): Client {
  const document = parse(text)
  if (document.client_id !== clientId) throw bad('Its client_id must be the URL that it is at')
  if (Object.keys(document).some((name) => name.startsWith('client_secret'))) {
    throw bad('It must not have a client_secret')
  }
  if (cleanName(document.client_name) === '') throw bad('Its client_name is missing')
  try {
    const { clientName, redirectUris, refreshes } = readClientMetadata(document, schemes, 'document')
    return { kind: 'document', clientId, clientName, redirectUris, refreshes }
  } catch (cause) {
    throw bad((cause as Error).message, cause)
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return withoutNulls(JSON.parse(text))
  } catch (cause) {
    throw bad('It must be a JSON object', cause)
  }
}

const bad = (hint: string, cause?: unknown): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-document', { hint, cause })
