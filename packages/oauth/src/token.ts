import { readClientCredentials } from './client-credentials.ts'
import type { EndpointHandler } from './context.ts'
import { exchangeCode } from './exchange-code.ts'
import { refreshGrant } from './refresh-grant.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readForm } from './request-body.ts'

/** The token endpoint (OAuth 2.1 §3.2). */
export const token: EndpointHandler = async (request, context, { parsedBody }) => {
  const form = await readForm(request, parsedBody)
  const clientId = await context.clients.authenticate(readClientCredentials(request, form))
  const grantType = form.get('grant_type')
  if (grantType === 'authorization_code') return exchangeCode(form, clientId, context)
  if (grantType === 'refresh_token') return refreshGrant(form, clientId, context)
  if (grantType === null) throw new OAuthServerRefusal('missing-parameter', { parameter: 'grant_type' })
  throw new OAuthServerRefusal('unsupported-grant-type')
}
