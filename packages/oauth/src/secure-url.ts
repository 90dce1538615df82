const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Whether a URL may be trusted with secrets: https, or plain http on loopback, without credentials. */
export function isSecureUrl(url: unknown): url is string {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (username || password) return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
}
