import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'

/** What is there only while it is open. */
export function Fold({ title, children }: { title: string; children: () => ComponentChildren }): VNode {
  const [isOpen, open] = useState(false)
  return (
    <details class="raw" onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children()}
    </details>
  )
}
