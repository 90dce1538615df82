const CREDENTIALS = /\b(Bearer|Basic|DPoP) +[\w.~+/=-]{4,}/gi
const PARAMETER =
  /([?&](?:access_token|refresh_token|id_token|token|code|client_secret|api_?key|key)=)[^&#\s"\\]+/gi

/** Replaces the credentials of HTTP headers and the secret parameters of URLs in a text, which it finds by their form. */
export const redactCredentials = (text: string, hidden: string): string =>
  text.replace(CREDENTIALS, `$1 ${hidden}`).replace(PARAMETER, `$1${hidden}`)
