import { isSecretName, redact } from '../../src/redact.ts'

/** Copies a value without texts whose name says that they are secret, such as `password`. */
export function withoutSecrets(value: unknown): unknown {
  if (value === undefined) return undefined
  return JSON.parse(
    JSON.stringify(value, (name, member) =>
      typeof member === 'string' && isSecretName(name) ? undefined : member,
    ),
  )
}

/** Copies a value without texts that are secret by name or form, such as bearer tokens and JWTs. */
export function redactValue<T>(value: T): T | undefined {
  if (value === undefined) return undefined
  try {
    return JSON.parse(redact(JSON.stringify(value)))
  } catch {
    return undefined
  }
}
