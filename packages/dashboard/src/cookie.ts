/** The value of a cookie in a `Cookie` header; undefined where it was not sent. RFC 6265 section 4.2. */
export function parseCookie(header: string | null, name: string): string | undefined {
  const start = `${name}=`
  const pair = header
    ?.split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(start))
  return pair?.slice(start.length)
}
