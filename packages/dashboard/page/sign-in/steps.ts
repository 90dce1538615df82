import { signal } from '@preact/signals'
import { isSecretName } from '../../src/redact.ts'
import { kept } from '../kept.ts'

/** A step of a sign-in: what was sent, what came back, and what the specification says of it. */
export interface SignInStep {
  name: string
  /** The specification of the step. */
  spec: string
  /** Milliseconds since the epoch. */
  at: number
  request?: { method: string; url: string; body?: Record<string, unknown> }
  status?: number
  response?: unknown
  /** Requirements of the specification, and whether they are met. */
  checks: { words: string; isMet: boolean }[]
  problem?: string
}

const MAX_STEPS = 40
const HIDDEN = '[hidden]'
/** Members of OAuth messages that are secret although their names do not end like it. */
const SECRETS = ['code', 'code_verifier', 'state', 'code_challenge']

const keptSteps = kept<SignInStep[]>('sign-in steps')

/** The steps of the latest sign-ins, in order. They are kept in the tab, while the browser is at the login page. */
export const steps = signal<readonly SignInStep[]>(keptSteps.get() ?? [])

export function addStep(step: Omit<SignInStep, 'at' | 'checks'> & { checks?: SignInStep['checks'] }): void {
  steps.value = [...steps.value, { checks: [], ...step, at: Date.now() }].slice(-MAX_STEPS)
  keptSteps.set([...steps.value])
}

/** Adds requirements to the latest step. */
export function addChecks(checks: SignInStep['checks']): void {
  const latest = steps.value.at(-1)
  if (!latest) return
  steps.value = [...steps.value.slice(0, -1), { ...latest, checks: [...latest.checks, ...checks] }]
  keptSteps.set([...steps.value])
}

export function clearSteps(): void {
  steps.value = []
  keptSteps.set(undefined)
}

/** Copies a message without secrets: codes, verifiers, tokens. */
export function hideSecrets(value: unknown): any {
  return JSON.parse(
    JSON.stringify(value, (name, member) =>
      typeof member === 'string' && (SECRETS.includes(name) || isSecretName(name)) ? HIDDEN : member,
    ) ?? 'null',
  )
}

/** Copies an address with the secrets of its query hidden. */
export function hideInUrl(address: string): string {
  const url = new URL(address, location.href)
  for (const name of [...url.searchParams.keys()]) {
    if (SECRETS.includes(name) || isSecretName(name)) url.searchParams.set(name, HIDDEN)
  }
  return url.href
}
