/** Set by bundle.mjs. */
declare const PORTICO_VERSION: string

/** The version of the package that the page comes from. */
export const VERSION: string = PORTICO_VERSION
