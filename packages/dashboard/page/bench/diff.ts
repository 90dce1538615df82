/** A line of a comparison. */
export interface DiffLine {
  kind: 'same' | 'removed' | 'added'
  text: string
}

// the table has a cell for each pair of lines
const MAX_CELLS = 4_000_000

/** Compares two texts by lines. Texts that are too long are not compared: all lines differ. */
export function diffLines(one: string, other: string): DiffLine[] {
  const [before, after] = [one.split('\n'), other.split('\n')]
  if (before.length * after.length > MAX_CELLS) {
    return [...before.map((text) => line('removed', text)), ...after.map((text) => line('added', text))]
  }
  const lengths = commonLengths(before, after)
  const lines: DiffLine[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    if (row < before.length && before[row] === after[column]) {
      lines.push(line('same', before[row] as string))
      row += 1
      column += 1
    } else if (column >= after.length || goesDown(lengths, row, column, before.length)) {
      lines.push(line('removed', before[row] as string))
      row += 1
    } else {
      lines.push(line('added', after[column] as string))
      column += 1
    }
  }
  return lines
}

const line = (kind: DiffLine['kind'], text: string): DiffLine => ({ kind, text })

const goesDown = (lengths: Uint16Array[], row: number, column: number, rows: number): boolean =>
  row < rows && cell(lengths, row + 1, column) >= cell(lengths, row, column + 1)

const cell = (lengths: Uint16Array[], row: number, column: number): number => lengths[row]?.[column] ?? 0

/** For each pair of places, the length of the longest common sequence of what follows. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint16Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1))
  for (let row = before.length - 1; row >= 0; row--) {
    const [here, below] = [lengths[row], lengths[row + 1]] as [Uint16Array, Uint16Array]
    for (let column = after.length - 1; column >= 0; column--) {
      here[column] =
        before[row] === after[column]
          ? (below[column + 1] as number) + 1
          : Math.max(below[column] as number, here[column + 1] as number)
    }
  }
  return lengths
}
