import { place } from '../place.ts'
import { challengeParameter } from './challenge.ts'
import { fetchStep } from './fetch-step.ts'
import { addChecks, addStep } from './steps.ts'

const RESOURCE = { name: 'Resource metadata', spec: 'RFC 9728' }
const SERVER = { name: 'Authorization server metadata', spec: 'RFC 8414, OpenID Connect Discovery' }
const CHALLENGE = { name: 'Challenge', spec: 'RFC 6750, RFC 9728 section 5.1' }

/** Reads the metadata of the endpoint that a challenge leads to. */
export async function readResource(challenge: string): Promise<any> {
  const named = challengeParameter(challenge, 'resource_metadata')
  addStep({ ...CHALLENGE, response: { 'www-authenticate': challenge } })
  addChecks([{ words: 'the challenge names resource_metadata', isMet: named !== undefined }])
  // the page may ask its own origin, under whichever name the server knows itself
  const path =
    named && URL.canParse(named)
      ? new URL(named).pathname
      : `/.well-known/oauth-protected-resource${place.path === '/' ? '' : place.path}`
  const resource = await fetchStep(RESOURCE, path)
  addChecks([
    { words: 'resource is an absolute URL', isMet: URL.canParse(String(resource.resource)) },
    {
      words: 'authorization_servers names at least one issuer',
      isMet: Array.isArray(resource.authorization_servers) && resource.authorization_servers.length > 0,
    },
  ])
  return resource
}

/** Reads the metadata of an issuer. */
export async function readServer(issuer: string): Promise<any> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    '/.well-known/oauth-authorization-server',
  ]
  for (const url of places) {
    const server = await fetchStep(SERVER, url).catch(() => undefined)
    if (!server) continue
    const hasPkce = server.code_challenge_methods_supported?.includes('S256') === true
    addChecks([
      {
        words: 'issuer is the one that was asked for (RFC 8414 section 3.3)',
        isMet: server.issuer === issuer,
      },
      { words: 'code_challenge_methods_supported has S256 (MCP authorization)', isMet: hasPkce },
    ])
    if (server.issuer !== issuer) continue
    if (!hasPkce) throw new Error('The authorization server does not offer PKCE with S256')
    for (const name of ['authorization_endpoint', 'token_endpoint']) checkEndpoint(name, server[name])
    return server
  }
  throw new Error(`The metadata of ${issuer} cannot be read by a page: does it allow this origin (CORS)?`)
}

function checkEndpoint(name: string, url: unknown): void {
  const isWeb = typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isWeb) throw new Error(`The ${name} is not an http or https URL`)
}
