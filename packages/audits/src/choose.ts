import type { Audit, Era } from './audit.ts'
import { audits } from './audits.ts'
import { SECTIONS, sectionOf } from './sections.ts'

interface Choice {
  only?: string | readonly string[] | undefined
  era?: Era | undefined
}

/** The audits whose id begins with one of some prefixes, of one era or of both. */
export function choose({ only = '', era }: Choice): Audit[] {
  const prefixes = [only].flat()
  return audits.filter(
    (audit) =>
      prefixes.some((prefix) => audit.id.startsWith(prefix)) && (era === undefined || audit.era === era),
  )
}

/** Audits in the order of a report, section after section, so that it can be printed as it comes. */
export function bySection(chosen: readonly Audit[]): Audit[] {
  const sections = Object.keys(SECTIONS)
  const placeOf = ({ section }: Audit): number => sections.indexOf(sectionOf(section))
  return [...chosen].sort((a, b) => placeOf(a) - placeOf(b))
}
