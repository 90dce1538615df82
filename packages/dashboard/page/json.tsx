import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { JsonText } from './json/json-text.tsx'
import { JsonTree } from './json/json-tree.tsx'
import { readTable, Table } from './json/table.tsx'
import { Tabs } from './tabs.tsx'

export { JsonText, Scroll } from './json/json-text.tsx'

/** A value as JSON: as text, as a tree to fold and search, and as a table if it is a list of objects. */
export function Json({ value, label }: { value: unknown; label: string }): VNode {
  const [tab, choose] = useState('text')
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? '', [value])
  const table = useMemo(() => readTable(value), [value])
  if (typeof value !== 'object' || value === null || text.length < 80) {
    return <JsonText text={text} label={label} />
  }
  const tabs = { text: 'Text', tree: 'Tree', ...(table && { table: 'Table' }) }
  return (
    <div class="json-views">
      <Tabs label={`Show ${label} as`} tabs={tabs} chosen={tab} onchoose={choose} />
      {tab === 'text' && <JsonText text={text} label={label} />}
      {tab === 'tree' && <JsonTree value={value} label={label} />}
      {tab === 'table' && table && <Table table={table} label={label} />}
    </div>
  )
}
