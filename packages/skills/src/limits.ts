/** The most files of a skill, `SKILL.md` included (SEP-2640, Limits). */
export const MAX_FILES = 512

/** The most bytes of the files of a skill together: 16 MiB (SEP-2640, Limits). */
export const MAX_SKILL_BYTES: number = 16 * 2 ** 20
