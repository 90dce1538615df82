/** What the Worker with sessions reads of its platform. */
declare module 'cloudflare:workers' {
  export const env: Readonly<Record<string, unknown>>
}
