import { base64url } from 'jose'
import { encodeText } from './digest.ts'

/** Signs a string with HMAC-SHA-256 (RFC 2104). The signature is in base64url. */
export async function signHmac(secret: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  return base64url.encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, encodeText(text))))
}
