/**
 * What stands against a rule for now: sizes of files, imports as `from → to`, and files that share code as
 * `one ~ other`. The check fails where an exception is no longer needed, so that the lists get shorter.
 */
export const exceptions = {
  fileSize: {},
  importCycles: [],
  importDirection: [],
  duplicates: [
    // Each framework declares the same table: an editor shows documentation and parameters of a named export alone.
    'packages/express/src/middleware.ts ~ packages/hono/src/middleware.ts',
    'packages/express/src/middleware.ts ~ packages/koa/src/middleware.ts',
  ],
}
