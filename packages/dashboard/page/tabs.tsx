import type { VNode } from 'preact'

interface TabsProps {
  label: string
  tabs: Record<string, string>
  chosen: string
  onchoose: (tab: string) => void
}

/** Buttons for different views of the same content. */
export function Tabs({ label, tabs, chosen, onchoose }: TabsProps): VNode {
  return (
    <fieldset class="tabs">
      <legend class="unseen">{label}</legend>
      {Object.entries(tabs).map(([tab, title]) => (
        <button key={tab} type="button" aria-pressed={tab === chosen} onClick={() => onchoose(tab)}>
          {title}
        </button>
      ))}
    </fieldset>
  )
}
