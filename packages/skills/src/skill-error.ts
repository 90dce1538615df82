/** Why skills cannot be served. */
export type SkillErrorCode =
  | 'folder-unreadable'
  | 'link-not-followed'
  | 'path-invalid'
  | 'no-skills'
  | 'frontmatter-invalid'
  | 'name-invalid'
  | 'description-invalid'
  | 'skill-too-large'

/** The error of a folder whose skills cannot be served. `code` is stable, and `path` is the file or folder. */
export class SkillError extends Error {
  override readonly name = 'SkillError'
  readonly code: SkillErrorCode
  readonly path: string

  constructor(code: SkillErrorCode, path: string, reason: string, options?: ErrorOptions) {
    super(`skills: ${path} ${reason}`, options)
    this.code = code
    this.path = path
  }
}
