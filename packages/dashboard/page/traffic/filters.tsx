import type { VNode } from 'preact'
import { CHOSEN, filter, NO_FILTER, occurring, type TrafficFilter } from './filter.ts'

const TITLES: Record<(typeof CHOSEN)[number], string> = {
  client: 'Client',
  era: 'Era',
  method: 'Method',
  name: 'Tool or name',
  session: 'Session',
}

const STATUSES = {
  '': 'any',
  error: 'errors',
  open: 'in progress',
  '2': '2xx',
  '4': '4xx',
  '5': '5xx',
}

const DURATIONS = { '': 'any', '10': '10 ms', '100': '100 ms', '1000': '1 s', '10000': '10 s' }

/** The fields that narrow the traffic down. */
export function Filters(): VNode {
  const { text, status, slowerThanMs, withOwn } = filter.value
  return (
    <search class="filters" aria-label="Filter the traffic">
      <input
        type="search"
        class="search"
        placeholder="Search"
        aria-label="Search the traffic"
        value={text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      {CHOSEN.map((member) => (
        <Choice
          key={member}
          title={TITLES[member]}
          value={filter.value[member]}
          options={listOptions(occurring.value[member], filter.value[member])}
          onchange={(value) => change({ [member]: value })}
        />
      ))}
      <Choice title="Status" value={status} options={STATUSES} onchange={(status) => change({ status })} />
      <Choice
        title="Slower than"
        value={slowerThanMs}
        options={DURATIONS}
        onchange={(slowerThanMs) => change({ slowerThanMs })}
      />
      <label class="inline">
        <input
          type="checkbox"
          checked={withOwn}
          onChange={({ currentTarget }) => change({ withOwn: currentTarget.checked })}
        />
        Show this page’s requests
      </label>
      {isNarrowed(filter.value) && (
        <button
          type="button"
          class="small"
          onClick={() => {
            filter.value = NO_FILTER
          }}
        >
          Reset filters
        </button>
      )}
    </search>
  )
}

function change(changes: Partial<TrafficFilter>): void {
  filter.value = { ...filter.value, ...changes }
}

const isNarrowed = (filter: TrafficFilter): boolean =>
  Object.entries(NO_FILTER).some(([name, value]) => filter[name as keyof TrafficFilter] !== value)

const listOptions = (values: readonly string[], chosen: string): Record<string, string> => ({
  '': 'any',
  ...Object.fromEntries([...values, ...(chosen ? [chosen] : [])].map((value) => [value, value])),
})

interface ChoiceProps {
  title: string
  value: string
  options: Record<string, string>
  onchange: (value: string) => void
}

function Choice({ title, value, options, onchange }: ChoiceProps): VNode {
  // an object puts names that are numbers first
  const entries = Object.entries(options).sort(([one], [other]) => (one === '' ? -1 : other === '' ? 1 : 0))
  return (
    <label class="inline choice">
      {title}
      <select value={value} onChange={({ currentTarget }) => onchange(currentTarget.value)}>
        {entries.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
