import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from './json-rpc.ts'
import { invalidParams, type Refusal } from './refusal.ts'
import type { Answered, CallState } from './request-state.ts'
import { CreateMessageResultWithToolsSchema, ElicitResultSchema, ListRootsResultSchema } from './sdk.ts'

/** What a client has answered in the rounds of a call. */
export interface Memory {
  /**
   * The answer to a question that is asked again, in the order of the rounds. A question that was not
   * asked there ends the memory: what was answered after it may have been an answer to something else.
   */
  recall(question: string): Result | undefined
  /** What to keep for the next round. */
  answered(): Answered[][]
}

/** @throws Refusal for answers that cannot be read; answers to what was not asked are ignored. */
export function remember({ answered, asked }: CallState, inputResponses: unknown): Memory {
  if (inputResponses !== undefined && !isObject(inputResponses)) throw malformed('inputResponses')
  const used = new Set<Answered>()
  const fresh = answersTo(asked, inputResponses)
  let groups = answered.map((group) => [...group])
  groups.at(-1)?.push(...fresh)
  // what is still open belongs to the same group
  if (fresh.length === Object.keys(asked).length) groups.push([])

  return {
    recall(question) {
      const group = groups.find((group) => group.some((answer) => !used.has(answer)))
      const found = group?.find((answer) => !used.has(answer) && answer.question === question)
      if (found) used.add(found)
      else if (group) groups = [...groups.map((group) => group.filter((answer) => used.has(answer))), []]
      return found?.result
    },
    answered: () => groups.filter((group, index) => group.length > 0 || index === groups.length - 1),
  }
}

function answersTo(asked: CallState['asked'], responses: Record<string, unknown> = {}): Answered[] {
  return Object.entries(asked).flatMap(([key, [question, method]]) => {
    const result = Object.hasOwn(responses, key) ? responses[key] : undefined
    if (result === undefined) return []
    if (!RESULTS[method]?.safeParse(result).success) throw malformed(`inputResponses["${key}"]`)
    return [{ question, result: result as Result }]
  })
}

const RESULTS: Record<string, { safeParse(value: unknown): { success: boolean } }> = {
  'elicitation/create': ElicitResultSchema,
  'sampling/createMessage': CreateMessageResultWithToolsSchema,
  'roots/list': ListRootsResultSchema,
}

const malformed = (what: string): Refusal => invalidParams(`${what} is malformed`)
