import { addStep, hideSecrets } from './steps.ts'

/** What a step is called, and what specifies it. */
export interface StepName {
  name: string
  spec: string
}

/** Fetches JSON as a step of the sign-in, which is recorded with its response. */
export async function fetchStep(step: StepName, address: string, init: RequestInit = {}): Promise<any> {
  const url = new URL(address, location.href)
  const { method = 'GET', body } = init
  const request = { method, url: url.href, ...(body && { body: readBody(body) }) }
  const response = await fetch(address, init).catch(() => {
    const problem = `${url.origin} cannot be reached from this page, or does not allow its origin (CORS)`
    addStep({ ...step, request, problem })
    throw new Error(`${url.origin} cannot be reached from this page`)
  })
  const { status } = response
  const answer = await response.json().catch(() => undefined)
  const problem = answer === undefined ? { problem: 'The response is not JSON' } : {}
  addStep({ ...step, request, status, response: hideSecrets(answer), ...problem })
  if (answer === undefined) throw new Error(`${url.href} did not answer with JSON`)
  return answer
}

function readBody(body: BodyInit): Record<string, unknown> {
  const members = body instanceof URLSearchParams ? Object.fromEntries(body) : JSON.parse(String(body))
  return hideSecrets(members)
}
