import type { Audit, Era } from './audit.ts'
import { audits } from './audits.ts'
import type { Layer } from './layers.ts'
import { getSection, SECTIONS } from './sections.ts'
import { taskAudits } from './task-audits.ts'

/** The prefix of the audits of the tasks extension, which only run if they are asked for. */
const TASKS = 'modern/tasks'

interface Choice {
  only?: string | readonly string[] | undefined
  era?: Era | undefined
  layer?: Layer | readonly Layer[] | undefined
}

/** Selects audits by the prefixes of their ids, by era and by layer. */
export function choose({ only = '', era, layer }: Choice): Audit[] {
  const prefixes = [only].flat()
  const layers = layer === undefined ? undefined : [layer].flat()
  const all = prefixes.some((prefix) => prefix.startsWith(TASKS)) ? [...audits, ...taskAudits] : audits
  return all.filter(
    (audit) =>
      prefixes.some((prefix) => audit.id.startsWith(prefix)) &&
      (era === undefined || audit.era === era) &&
      (layers === undefined || layers.includes(audit.layer)),
  )
}

/** Sorts audits in the order of a report, so that results can be printed as they arrive. */
export function bySection(chosen: readonly Audit[]): Audit[] {
  const sections = Object.keys(SECTIONS)
  const getPosition = ({ section }: Audit): number => sections.indexOf(getSection(section))
  return [...chosen].sort((a, b) => getPosition(a) - getPosition(b))
}
