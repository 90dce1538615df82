/** What is audited: anything that answers a `Request` as `fetch` does. */
export interface Target {
  /** The URL that requests are sent to. */
  url: string
  /** Answers one request; must pass its signal on. */
  fetch(request: Request): Promise<Response>
}
