import { signal } from '@preact/signals'
import { kept } from '../kept.ts'
import { place } from '../place.ts'
import type { Question } from '../protocol/messages.ts'
import { withoutSecrets } from './without-secrets.ts'

/** An answer that is given to all questions of a kind, without asking. */
export interface AnswerRule {
  method: string
  /** The mode of an elicitation. */
  mode?: string
  /** The message of the question; undefined for all messages. */
  message?: string
  answer: object
}

const MAX_RULES = 50

const keptRules = kept<AnswerRule[]>(`rules ${place.path}`)

export const rules = signal<readonly AnswerRule[]>(keptRules.get() ?? [])

/** Answers questions of the same kind and message with this answer from now on. */
export function addRule(question: Question, answer: object): void {
  const rule: AnswerRule = { ...describeQuestion(question), answer }
  replaceRules([...rules.value.filter((other) => !isSameKind(other, rule)), rule].slice(-MAX_RULES))
}

export const removeRule = (rule: AnswerRule): void =>
  replaceRules(rules.value.filter((other) => other !== rule))

/** Returns the answer that a rule has for a question. */
export function findAnswer(question: Question): object | undefined {
  const kind = describeQuestion(question)
  return rules.value.find((rule) => isSameKind(rule, kind))?.answer
}

function replaceRules(changed: readonly AnswerRule[]): void {
  rules.value = changed
  keptRules.set(withoutSecrets(changed) as AnswerRule[])
}

function describeQuestion({ method, params = {} }: Question): Omit<AnswerRule, 'answer'> {
  if (method !== 'elicitation/create') return { method }
  return { method, mode: params.mode ?? 'form', message: String(params.message ?? '') }
}

const isSameKind = (one: Omit<AnswerRule, 'answer'>, other: Omit<AnswerRule, 'answer'>): boolean =>
  one.method === other.method && one.mode === other.mode && one.message === other.message
