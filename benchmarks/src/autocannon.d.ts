declare module 'autocannon' {
  function autocannon(options: autocannon.Options): Promise<autocannon.Result>
  namespace autocannon {
    interface Options {
      url: string
      connections: number
      duration?: number
      amount?: number
      maxOverallRequests?: number
      method: string
      headers: Record<string, string>
      body: string
      /** Replaces `[<id>]` in the body by another id each time. */
      idReplacement?: boolean
      /** Called for each connection. */
      setupClient?: (client: { setHeaders(headers: Record<string, string>): void }) => void
      /** Called for each request. */
      requests?: { setupRequest: (request: object) => object }[]
    }
    interface Result {
      requests: { total: number; average: number }
      latency: { p99: number }
      non2xx: number
      errors: number
    }
  }
  export default autocannon
}
