import { giveUp, parseJson, readTextWithin } from '@portico-mcp/core/internal'
import { OAuthServerRefusal } from './refusal.ts'
import { checkRepeated } from './request-parameters.ts'

const MAX_BODY_BYTES = 64 * 1024

/**
 * Reads the parameters of a form (RFC 6749 §3.2).
 *
 * @param parsedBody - The body, if a framework has parsed it.
 * @throws OAuthServerRefusal if the content type is another one, the body is too large, or a parameter is repeated.
 */
export async function readForm(request: Request, parsedBody: unknown): Promise<URLSearchParams> {
  checkType(request, 'application/x-www-form-urlencoded')
  const parameters = isParsed(parsedBody)
    ? new URLSearchParams(Object.entries(parsedBody).flatMap(([name, value]) => toPairs(name, value)))
    : new URLSearchParams(await readBody(request))
  checkRepeated(parameters)
  return parameters
}

/**
 * Reads a body of JSON.
 *
 * @param parsedBody - The body, if a framework has parsed it.
 * @throws OAuthServerRefusal if the content type is another one, or the body is too large or malformed.
 */
export async function readJson(request: Request, parsedBody: unknown): Promise<unknown> {
  checkType(request, 'application/json')
  if (parsedBody !== undefined) return parsedBody
  const text = await readBody(request)
  try {
    return parseJson(text)
  } catch (cause) {
    throw new OAuthServerRefusal('malformed-body', { cause })
  }
}

function checkType({ headers }: Request, expected: string): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== expected)
    throw new OAuthServerRefusal('wrong-content-type', { hint: `It must be ${expected}` })
}

async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) {
    throw new OAuthServerRefusal('body-too-large')
  }
  if (request.bodyUsed) throw new OAuthServerRefusal('malformed-body')
  const text = await readTextWithin(request, MAX_BODY_BYTES, giveUp)
  if (text === undefined) throw new OAuthServerRefusal('body-too-large')
  return text
}

const isParsed = (body: unknown): body is Record<string, unknown> => typeof body === 'object' && body !== null

const toPairs = (name: string, value: unknown): [string, string][] =>
  [value].flat().map((one) => [name, String(one)])
