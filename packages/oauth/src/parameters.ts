import { giveUp, parseJson, readTextWithin } from '@portico-mcp/core/internal'
import { checkRepeated } from './authorization-request.ts'
import { OAuthServerRefusal } from './refusal.ts'

const MAX_BODY = 64 * 1024

/**
 * The parameters of a form (RFC 6749 §3.2).
 *
 * @throws OAuthServerRefusal for another type, a body that is too large, or a parameter that is repeated.
 */
export async function readForm(request: Request, parsedBody: unknown): Promise<URLSearchParams> {
  checkType(request, 'application/x-www-form-urlencoded')
  const parameters = isParsed(parsedBody)
    ? new URLSearchParams(Object.entries(parsedBody).flatMap(([name, value]) => pairsOf(name, value)))
    : new URLSearchParams(await readBody(request))
  checkRepeated(parameters)
  return parameters
}

/** The JSON of a body. @throws OAuthServerRefusal for another type, one that is too large, or no JSON. */
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

function checkType({ headers }: Request, wanted: string): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== wanted) throw new OAuthServerRefusal('wrong-content-type', { hint: `It must be ${wanted}` })
}

async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) {
    throw new OAuthServerRefusal('body-too-large')
  }
  if (request.bodyUsed) throw new OAuthServerRefusal('malformed-body')
  const text = await readTextWithin(request, MAX_BODY, giveUp)
  if (text === undefined) throw new OAuthServerRefusal('body-too-large')
  return text
}

const isParsed = (body: unknown): body is Record<string, unknown> => typeof body === 'object' && body !== null

const pairsOf = (name: string, value: unknown): [string, string][] =>
  [value].flat().map((one) => [name, String(one)])
