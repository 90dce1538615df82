/** What a request may be made of. */
export interface Call {
  token?: string
  type?: string
  body?: string
  method?: string
  name?: string
  era?: string
}

/** A call of a tool with a token, but for what is said. */
export function call(options: Call): RequestInit {
  const { token, type, method, name, era } = {
    token: 'reader',
    type: 'application/json',
    method: 'tools/call',
    name: 'whoami',
    ...options,
  }
  const _meta = era && {
    'io.modelcontextprotocol/protocolVersion': era,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(era && { 'mcp-protocol-version': era, 'mcp-method': method }),
    },
    body: options.body ?? JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name, _meta } }),
  }
}
