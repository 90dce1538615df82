/** Why a project is not created. */
export type CreateErrorCode = 'option-unknown' | 'option-invalid' | 'name-invalid' | 'folder-not-empty'

/** The error of a command line, or of a folder that cannot take a project. `code` is stable. */
export class CreateError extends Error {
  override readonly name = 'CreateError'
  readonly code: CreateErrorCode

  constructor(code: CreateErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
