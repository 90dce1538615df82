/** A module that exports what to serve. */
export interface ModuleTarget {
  kind: 'module'
  file: string
  /** The export to serve. @defaultValue the default export, or one whose name says that it builds a server */
  exportName?: string
}

/** A program that speaks MCP over stdin and stdout. */
export interface CommandTarget {
  kind: 'command'
  command: string
  args: string[]
  /** Variables that it gets besides the usual ones. */
  env: Record<string, string>
  /** The folder that it runs in. @defaultValue that of this process */
  cwd?: string
  /** Whose requests share a process, outside of sessions. @defaultValue 'caller' */
  share?: Share
}

/** A server elsewhere, that speaks MCP over HTTP. */
export interface UrlTarget {
  kind: 'url'
  url: string
  /** Headers of each request to it. */
  headers: Record<string, string>
  /** Whose requests share a connection, outside of sessions. @defaultValue 'caller' */
  share?: Exclude<Share, 'none'>
}

/** A file that names several servers. */
export interface ConfigTarget {
  kind: 'config'
  file: string
}

/** One server that the command can serve. */
export type ServerTarget = ModuleTarget | CommandTarget | UrlTarget

/** What a command line names. */
export type Target = ServerTarget | ConfigTarget

export const SHARES = ['none', 'caller', 'all'] as const
export type Share = (typeof SHARES)[number]
