/** Which redirects a call follows. */
export type Redirects = 'follow' | 'same-origin' | 'none'

/**
 * Why a redirect is not followed; undefined where it is. From a host elsewhere, none leads to this machine or
 * to a link-local address, where services trust who can reach them.
 */
export function refuseRedirect(from: URL, to: URL, redirects: Redirects): string | undefined {
  if (redirects === 'none') return 'A redirect, where none is followed'
  if (redirects === 'same-origin' && from.origin !== to.origin) return 'A redirect to another origin'
  if (isLocal(to) && !isLocal(from)) return 'A redirect to a loopback or link-local address'
  return undefined
}

// the URL parser has written IPv4 addresses in four decimal numbers, and IPv6 addresses in their shortest form
const LOCAL_V4 = /^(?:127|0)\.|^169\.254\./
const LOCAL_V6 = /^\[(?:::1?|fe[89ab][0-9a-f]:.*|::(?:ffff:)?(?:7f[0-9a-f]{2}|a9fe|0):[0-9a-f]{1,4})\]$/

function isLocal({ hostname }: URL): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  return host === 'localhost' || host.endsWith('.localhost') || LOCAL_V4.test(host) || LOCAL_V6.test(host)
}
