/** The exit code of the command for each error. */
const EXIT_CODES = {
  'target-missing': 2,
  'file-not-found': 2,
  'unexpected-argument': 2,
  'unknown-option': 2,
  'invalid-option': 2,
  'typescript-unsupported': 1,
  'syntax-error': 1,
  'export-missing': 1,
  'export-ambiguous': 1,
  'not-servable': 1,
  'server-instance': 1,
  'promise-exported': 1,
  'app-exported': 1,
  'starts-itself': 1,
  'connects-to-stdio': 1,
  'option-without-effect': 2,
  'variable-missing': 1,
  'config-invalid': 1,
  'program-failed': 1,
} as const

/** The stable id of an error of the command. Compare ids, since texts may change. */
export type CommandErrorCode = keyof typeof EXIT_CODES

/** An error that the command explains: its message says what to write instead. */
export class CommandError extends Error {
  /** The stable id. */
  readonly code: CommandErrorCode

  constructor(code: CommandErrorCode, message: string) {
    super(message)
    this.name = 'CommandError'
    this.code = code
  }

  /** 2 if the command line is invalid, 1 if what it names cannot be served. */
  get exitCode(): 1 | 2 {
    return EXIT_CODES[this.code]
  }
}
