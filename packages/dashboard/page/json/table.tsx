import type { VNode } from 'preact'
import { isObject } from '../schema.ts'

/** Rows with the same columns. */
export interface TableContent {
  columns: string[]
  rows: unknown[][]
}

const MAX_ROWS = 500
const MAX_COLUMNS = 30

/** Reads a list of objects, or an object with one such list, as a table; undefined for any other value. */
export function readTable(value: unknown): TableContent | undefined {
  const lists = isObject(value) ? Object.values(value).filter(isList) : isList(value) ? [value] : []
  const [list] = lists
  if (!list || lists.length > 1) return undefined
  const columns = [...new Set(list.flatMap((row) => Object.keys(row)))].slice(0, MAX_COLUMNS)
  return { columns, rows: list.map((row) => columns.map((column) => row[column])) }
}

const isList = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject)

/** Reads comma-separated values (RFC 4180). The first row names the columns. */
export function readCsv(text: string): TableContent {
  const cells = /(?:^|[,\n])(?:"((?:[^"]|"")*)"|([^",\r\n]*))\r?/g
  const rows: string[][] = []
  for (const match of text.trim().matchAll(cells)) {
    const cell = match[1]?.replaceAll('""', '"') ?? match[2] ?? ''
    if (rows.length === 0 || match[0].startsWith('\n')) rows.push([])
    rows.at(-1)?.push(cell)
  }
  const [columns = [], ...others] = rows
  return { columns, rows: others }
}

/** A table to read. */
export function Table({ table: { columns, rows }, label }: { table: TableContent; label: string }): VNode {
  const left = rows.length - MAX_ROWS
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
    <section class="table-view" tabIndex={0} aria-label={`Table of ${label}`}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place}>{typeof cell === 'string' ? cell : (JSON.stringify(cell) ?? '')}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p class="quiet">{left} more rows left out</p>}
    </section>
  )
}
