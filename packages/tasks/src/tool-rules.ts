import type { TasksSettings, ToolRule } from './options.ts'

/** Finds the rule of a tool; undefined if none applies. */
export type FindRule = (tool: string) => ToolRule | undefined

/** Creates the lookup of rules by name, where `*` stands for any characters. */
export function createRules({ tools }: Pick<TasksSettings, 'tools'>): FindRule {
  const rules = Object.entries(tools).map(([pattern, rule]) => ({ parts: pattern.split('*'), rule }))
  return (tool) => rules.find(({ parts }) => matches(parts, tool))?.rule
}

// It searches from part to part, which takes linear time for any pattern.
function matches(parts: readonly string[], name: string): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last))
    return false
  let position = first.length
  const end = name.length - last.length
  for (const part of rest) {
    const found = name.indexOf(part, position)
    if (found < 0 || found + part.length > end) return false
    position = found + part.length
  }
  return true
}
