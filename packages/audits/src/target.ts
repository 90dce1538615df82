/** The server to audit: anything that answers a `Request` as `fetch` does. */
export interface Target {
  /** The URL that requests are sent to. */
  url: string
  /** Answers a request. It must pass on the request's signal. */
  fetch(request: Request): Promise<Response>
}
