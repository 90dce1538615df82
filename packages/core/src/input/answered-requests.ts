import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, type Refusal } from '../http/errors.ts'
import {
  CreateMessageResultWithToolsSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
} from '../protocol/sdk.ts'
import { isObject } from '../utils/type-guards.ts'
import type { Asked } from './request-state.ts'

/** The requests that a client got in the rounds of a call, with its answers. */
export interface AnsweredRequests {
  /**
   * Returns the answer to a request that is made again, in the order of the rounds. A request without an answer is
   * noted as open under the key. A request that was not made at this place discards all later answers, since they may
   * belong to other requests.
   */
  recall(question: string, key: string, method: string): Result | undefined
  /** Returns the requests to keep for the next round; those that are open at the same time are grouped. */
  asked(): Asked[][]
}

/**
 * Collects the answers of a client. Answers to requests that were not made are ignored.
 *
 * @throws Refusal for answers that cannot be read.
 */
export function collectAnswers(
  before: readonly Asked[][],
  responses: Record<string, unknown> = {},
): AnsweredRequests {
  let groups = before.map((group) => group.map((asked) => answered(asked, responses)))
  if (groups.at(-1)?.every(({ result }) => result)) groups.push([])
  let unused = groups.map((group) => new Set(group))
  const used = new Set<Asked>()

  return {
    recall(question, key, method) {
      const group = unused.find(({ size }) => size > 0)
      let found = group && first(group, question)
      if (!found) {
        if (group) groups = [...groups.map((group) => group.filter((asked) => used.has(asked))), []]
        if (group) unused = []
        found = { question }
        groups.at(-1)?.push(found)
      }
      group?.delete(found)
      used.add(found)
      if (!found.result) found.open = [key, method]
      return found.result
    },
    asked: () =>
      groups
        .map((group) => group.filter((asked) => asked.result || used.has(asked)))
        .filter((group, index) => group.length > 0 || index === groups.length - 1),
  }
}

function first(group: Iterable<Asked>, question: string): Asked | undefined {
  for (const asked of group) if (asked.question === question) return asked
  return undefined
}

function answered({ question, result, open }: Asked, responses: Record<string, unknown>): Asked {
  const [key, method] = open ?? []
  const response = key !== undefined && Object.hasOwn(responses, key) ? responses[key] : undefined
  if (response === undefined) return { question, result, open }
  if (!RESULTS[method as string]?.safeParse(response).success) throw malformed(`inputResponses["${key}"]`)
  return { question, result: response as Result }
}

const RESULTS: Record<string, { safeParse(value: unknown): { success: boolean } }> = {
  'elicitation/create': ElicitResultSchema,
  'sampling/createMessage': CreateMessageResultWithToolsSchema,
  'roots/list': ListRootsResultSchema,
}

/** @throws Refusal if `inputResponses` is not a map. */
export function readResponses(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || isObject(value)) return value
  throw malformed('inputResponses')
}

const malformed = (what: string): Refusal => invalidParams(`${what} is malformed`)
