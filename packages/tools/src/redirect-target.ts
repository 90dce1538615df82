/** Which redirects a call follows. */
export type Redirects = 'follow' | 'same-origin' | 'none'

/**
 * Checks whether a redirect may be followed. A redirect from another host to this machine or to a link-local address is
 * refused, since services there often trust everyone who can reach them.
 *
 * @returns Why the redirect is refused; undefined if it may be followed.
 */
export function checkRedirect(from: URL, to: URL, redirects: Redirects): string | undefined {
  if (redirects === 'none') return 'A redirect is not followed, as redirects is "none"'
  if (redirects === 'same-origin' && from.origin !== to.origin)
    return 'A redirect to another origin is not followed, as redirects is "same-origin"'
  if (isLocal(to) && !isLocal(from)) return 'A redirect to a loopback or link-local address is not followed'
  return undefined
}

// `URL` has converted IPv4 addresses to four decimal numbers, and IPv6 addresses to their shortest form.
const LOCAL_V4 = /^(?:127|0)\.|^169\.254\./
const LOCAL_V6 = /^\[(?:::1?|fe[89ab][0-9a-f]:.*|::(?:ffff:)?(?:7f[0-9a-f]{2}|a9fe|0):[0-9a-f]{1,4})\]$/

function isLocal({ hostname }: URL): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  return host === 'localhost' || host.endsWith('.localhost') || LOCAL_V4.test(host) || LOCAL_V6.test(host)
}
