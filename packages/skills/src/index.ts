export type { Skill, SkillResource } from './skill.ts'
export { SkillError, type SkillErrorCode } from './skill-error.ts'
export type { SkillFiles } from './skill-files.ts'
export { type ResourceServer, type Skills, type SkillsOptions, skills } from './skills.ts'
