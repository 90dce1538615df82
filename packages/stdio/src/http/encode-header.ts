/** Visible ASCII with spaces inside, which a header can carry as it is. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/

/** Encodes a value for `Mcp-Name` and `Mcp-Param-*` (2026-07-28 Streamable HTTP, "Value Encoding"). */
export function encodeHeaderValue(value: string): string {
  if (PLAIN.test(value) && !value.startsWith('=?')) return value
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`
}
