import { isSecretName } from '../../src/redact.ts'

/** Copies a value without texts whose name says that they are secret, such as `password`. */
export function withoutSecrets(value: unknown): unknown {
  if (value === undefined) return undefined
  return JSON.parse(
    JSON.stringify(value, (name, member) =>
      typeof member === 'string' && isSecretName(name) ? undefined : member,
    ),
  )
}
