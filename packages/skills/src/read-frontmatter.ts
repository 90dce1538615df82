import { parse } from 'yaml'
import type { Skill } from './skill.ts'
import { SkillError } from './skill-error.ts'

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
const MAX_DESCRIPTION = 1024

/**
 * Reads the YAML in front of a `SKILL.md`, by the Agent Skills specification.
 *
 * @param path - The path of the file, for errors.
 * @param folder - The name of its folder, which the skill must have.
 * @throws SkillError that says what is missing or not allowed.
 */
export function readFrontmatter(content: Uint8Array, path: string, folder: string): Skill['frontmatter'] {
  const { name, description, ...fields } = parseFields(extractYaml(content, path), path)
  if (typeof name !== 'string' || !NAME.test(name) || name.includes('--')) {
    throw new SkillError(
      'name-invalid',
      path,
      `must have a name of 1 to 64 lower-case letters, digits and single hyphens (got ${JSON.stringify(name)})`,
    )
  }
  if (name !== folder) {
    throw new SkillError('name-invalid', path, `must be in a folder with its name, ${name} (got ${folder})`)
  }
  if (typeof description !== 'string' || description.length < 1 || description.length > MAX_DESCRIPTION) {
    throw new SkillError(
      'description-invalid',
      path,
      `must have a description of 1 to ${MAX_DESCRIPTION} characters`,
    )
  }
  return { name, description, ...fields }
}

function extractYaml(content: Uint8Array, path: string): string {
  const lines = new TextDecoder().decode(content).split(/\r?\n/)
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---')
  if (lines[0] === '---' && end > 0) return lines.slice(1, end).join('\n')
  throw new SkillError('frontmatter-invalid', path, 'must begin with YAML between two lines "---"')
}

function parseFields(yaml: string, path: string): Record<string, unknown> {
  let fields: unknown
  try {
    fields = parse(yaml)
  } catch (error) {
    const reason = `has frontmatter that is not YAML: ${(error as Error).message}`
    throw new SkillError('frontmatter-invalid', path, reason, { cause: error })
  }
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) {
    return fields as Record<string, unknown>
  }
  throw new SkillError('frontmatter-invalid', path, 'must have fields in its frontmatter')
}
