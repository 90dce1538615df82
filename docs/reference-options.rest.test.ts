import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { optionsPage, writeOptions } from '../site/write-options.mjs'

const page = readFileSync(new URL(`../${optionsPage}`, import.meta.url), 'utf8')

describe('the reference of options', () => {
  it('is what the declarations of all packages say', () => {
    expect(page, 'run: node site/write-options.mjs').toBe(writeOptions())
  })

  it('describes every option', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows.length).toBeGreaterThan(400)
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([])
  })

  it('has a type for every option', () => {
    expect(page).toContain('### SessionsOptions')
    expect(page).not.toContain('`any`')
  })
})
