import { type Skills, skills } from '@portico-mcp/skills'

/** The skills of this example, which the skills extension serves. */
export const library: Skills = skills(new URL('../skills', import.meta.url))
