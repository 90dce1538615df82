const JSON_TYPE = /^\s*application\/json\s*(;|$)/i

/** Returns whether a `Content-Type` is `application/json`, with any parameters. */
export const isJsonType = (contentType: string | null | undefined): boolean =>
  JSON_TYPE.test(contentType ?? '')
