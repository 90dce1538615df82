/** The bindings in wrangler.jsonc; `wrangler types` writes such a declaration. */
declare module 'cloudflare:workers' {
  export const env: {
    PORTICO: import('@portico-mcp/cloudflare').ObjectNamespace
    PUBLIC_URL: string
    SESSION_SECRET: string
  }
}
