const EXPRESSION = /\{([+#./;?&]?)([^{}]+)\}/g

/** The names in a URI template (RFC 6570). */
export const variablesOf = (template: string): string[] => [
  ...new Set([...template.matchAll(EXPRESSION)].flatMap(([, , names]) => namesIn(names!))),
]

/** A URI template with its variables put in; the operators that MCP servers use (RFC 6570, levels 1 to 3). */
export function expand(template: string, values: Record<string, string>): string {
  return template.replace(EXPRESSION, (_, operator: string, names: string) => {
    const given = namesIn(names).filter((name) => values[name])
    if (given.length === 0) return ''
    const isReserved = operator === '+' || operator === '#'
    const encoded = (name: string): string =>
      isReserved ? encodeURI(values[name]!) : encodeURIComponent(values[name]!)
    const isNamed = ['?', '&', ';'].includes(operator)
    const pieces = given.map((name) => (isNamed ? `${name}=${encoded(name)}` : encoded(name)))
    const [first, between] = SEPARATORS[operator] ?? ['', ',']
    return `${first}${pieces.join(between)}`
  })
}

const SEPARATORS: Record<string, [first: string, between: string]> = {
  '#': ['#', ','],
  '.': ['.', '.'],
  '/': ['/', '/'],
  ';': [';', ';'],
  '?': ['?', '&'],
  '&': ['&', '&'],
}

const namesIn = (names: string): string[] =>
  names.split(',').map((name) => name.replace(/(?:\*|:\d+)$/, '').trim())
