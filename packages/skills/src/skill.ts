/** A file of a skill (SEP-2640, Skill Entries). */
export interface SkillResource {
  /** The URI that `resources/read` takes. */
  uri: string
  /** `sha256:` and the digest of the file's bytes in hexadecimal. */
  digest: string
  /** The size of the file in bytes. */
  size: number
}

/** A skill, as `skills/list` and `skills/get` answer it (SEP-2640, Skill Entries). */
export interface Skill {
  /** The URI of its `SKILL.md`. */
  uri: string
  /** The frontmatter of its `SKILL.md`. */
  frontmatter: { name: string; description: string; [field: string]: unknown }
  /** All its files, with those of skills inside of it. */
  resources: SkillResource[]
}
