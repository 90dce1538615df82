/** Encodes a value for a header (2026-07-28, Streamable HTTP). */
export function headerValue(value: string): string {
  const isPlain =
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/s.test(value)
  if (isPlain) return value
  const binary = Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('')
  return `=?base64?${btoa(binary)}?=`
}

/** Builds the headers of the arguments that a tool's schema wants repeated (`x-mcp-header`). */
export function paramHeaders(schema: any, args: any): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, property] of Object.entries<any>(schema?.properties ?? {})) {
    const value = args?.[name]
    if (value === undefined || value === null) continue
    const header = property?.['x-mcp-header']
    if (typeof header === 'string') headers[`mcp-param-${header}`] = headerValue(String(value))
    else if (typeof value === 'object') Object.assign(headers, paramHeaders(property, value))
  }
  return headers
}
