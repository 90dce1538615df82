import { base64url } from 'jose'
import { bytesOf } from './digest.ts'

/** A secret of at least 32 characters or bytes. */
export type Secret = string | Uint8Array

/** One secret, or several: the first is used for what is new, all of them for what is there. */
export type Secrets = Secret | readonly Secret[]

/** Secrets of one server: what is made with them is nothing to a server of another name with the same ones. */
export interface ServerSecrets {
  issuer: string
  secrets: readonly Secret[]
}

/** 32 bytes for one purpose, and their name. */
export interface Key {
  kid: string
  bytes: Uint8Array<ArrayBuffer>
}

/** Keys for one purpose, derived from secrets. */
export interface KeyRing {
  all(): Promise<readonly [Key, ...Key[]]>
  /** @throws where there is none of this name. */
  find(kid: string | undefined): Promise<Key>
}

const MIN_LENGTH = 32

/** @throws TypeError for no secret or a short one; it names the option, and not the value. */
export function readSecrets(name: string, secrets: Secrets | undefined): readonly Secret[] {
  const list = (Array.isArray(secrets) ? secrets : [secrets]) as readonly (Secret | undefined)[]
  if (list.length === 0 || list.some((secret) => !(secret && secret.length >= MIN_LENGTH))) {
    throw new TypeError(`oauthServer: ${name} must be of ${MIN_LENGTH} characters or bytes, or more`)
  }
  return list as readonly Secret[]
}

/**
 * Derives keys (HKDF, RFC 5869): those of one purpose say nothing of those of another.
 *
 * @param purpose - What they are for.
 */
export function keyRing({ issuer, secrets }: ServerSecrets, purpose: string): KeyRing {
  let keys: readonly Key[] | undefined
  // not the promise: another request might wait for it in vain, where a runtime keeps requests apart
  const all = async (): Promise<readonly [Key, ...Key[]]> => {
    keys ??= await Promise.all(secrets.map((secret) => derive(secret, `${issuer} ${purpose}`)))
    return keys as readonly [Key, ...Key[]]
  }
  return {
    all,
    async find(kid) {
      const found = (await all()).find((key) => key.kid === kid)
      if (!found) throw new Error('No key of this name')
      return found
    },
  }
}

async function derive(secret: Secret, purpose: string): Promise<Key> {
  const raw = typeof secret === 'string' ? bytesOf(secret) : new Uint8Array(secret)
  const material = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits'])
  const bits = async (info: string, length: number): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytesOf(`portico-oauth ${info}`) },
        material,
        length,
      ),
    )
  return { kid: base64url.encode(await bits(`${purpose} kid`, 64)), bytes: await bits(purpose, 256) }
}
