import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { Embedded } from './embedded.ts'

export const VERIFIER = 'v'.repeat(43)

/** Registers an application, and says where it sends the browser for consent. */
export async function beginConsent(
  { resource, server }: Embedded,
  callback: string,
): Promise<{ clientId: string; url: string }> {
  const issuer = new URL(resource).origin
  const response = await server.fetch(
    new Request(`${issuer}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: '<b>Clicked</b>',
        redirect_uris: [callback],
        token_endpoint_auth_method: 'none',
      }),
    }),
  )
  const { client_id: clientId } = (await response.json()) as { client_id: string }
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a-state',
    resource,
  })
  return { clientId, url: `${issuer}/oauth/authorize?${parameters}` }
}

/** Signs in at the login page of the site. */
export async function signInAtSite(page: Page): Promise<void> {
  await page.fill('input[name=login]', 'ann')
  await page.click('button')
}

/** Signs in at the certified provider, and consents there. */
export async function signInAtProvider(page: Page): Promise<void> {
  await page.fill('input[name=login]', 'ann')
  await page.fill('input[name=password]', 'x')
  await page.click('button[type=submit]')
  await page.click('button[type=submit]')
}
