const FORMATS: Record<string, { isValid: (text: string) => boolean; words: string }> = {
  email: { isValid: (text) => /^[^\s@]+@[^\s@]+$/.test(text), words: 'an email address' },
  uri: { isValid: (text) => URL.canParse(text), words: 'a URI' },
  url: { isValid: (text) => URL.canParse(text), words: 'a URL' },
  uuid: {
    isValid: (text) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text),
    words: 'a UUID',
  },
  date: { isValid: isDate, words: 'a date like 2026-01-31' },
  'date-time': {
    isValid: (text) =>
      /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) &&
      isDate(text.slice(0, 10)),
    words: 'a date and time like 2026-01-31T12:00:00Z',
  },
  time: { isValid: (text) => /^\d\d:\d\d(?::\d\d)?/.test(text), words: 'a time like 12:00:00' },
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** Returns what is wrong with a text by its `format`; undefined if nothing is, or the format is unknown. */
export function findFormatProblem(format: unknown, text: string): string[] | undefined {
  const rule = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  return rule && !rule.isValid(text) ? [`must be ${rule.words}`] : undefined
}

const MAX_MATCHED = 200
const MAX_PATTERN = 300
/** Groups that repeat, and references to groups, make matching take exponential time. */
const SLOW = /\)[*+?{]|\\[1-9k]/

/**
 * Returns what is wrong with a text by its `pattern`. The pattern is of the server, which must not be able to freeze the
 * page: only patterns without repeated groups are matched, with short texts.
 */
export function findPatternProblem(pattern: unknown, text: string): string[] | undefined {
  if (typeof pattern !== 'string' || pattern.length > MAX_PATTERN || text.length > MAX_MATCHED)
    return undefined
  if (SLOW.test(pattern)) return undefined
  try {
    return new RegExp(pattern, 'u').test(text) ? undefined : [`must match ${pattern}`]
  } catch {
    return undefined
  }
}
