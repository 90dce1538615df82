/** A module that exports what to serve. */
export interface Target {
  kind: 'module'
  file: string
  /** The export to serve. @defaultValue the default export, or one whose name says that it builds a server */
  exportName?: string
}
