import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { LogBuffer, LogLine } from './log-buffer.ts'

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']
/** Pixels of a line, as the style sheet has it. */
const LINE_HEIGHT = 22
const HEIGHT = 264
const OVERSCAN = 10

/** The log lines of a call. Only those in view are rendered. */
export function Logs({ logs, isRunning }: { logs: LogBuffer; isRunning: boolean }): VNode | null {
  const [lowest, setLowest] = useState('debug')
  const [opened, open] = useState<LogLine | undefined>(undefined)
  logs.version.value
  if (logs.lines.length === 0) return null
  const from = LEVELS.indexOf(lowest)
  const lines = from <= 0 ? logs.lines : logs.lines.filter(({ level }) => LEVELS.indexOf(level) >= from)
  const hidden = logs.lines.length - lines.length
  return (
    <section aria-label="Logs" class="log-view">
      <div class="heading">
        <h3>
          Logs <span class="count">{logs.lines.length + logs.dropped}</span>
        </h3>
        <label class="inline">
          Show{' '}
          <select value={lowest} onChange={({ currentTarget }) => setLowest(currentTarget.value)}>
            {LEVELS.map((level) => (
              <option key={level} value={level}>
                {level === 'debug' ? 'all levels' : `${level} and above`}
              </option>
            ))}
          </select>
        </label>
      </div>
      {logs.dropped > 0 && <p class="quiet">{logs.dropped} earlier lines left out</p>}
      {hidden > 0 && <p class="quiet">{hidden} lines of lower levels hidden</p>}
      <Lines lines={lines} isFollowed={isRunning} onopen={open} />
      {opened && <pre class="text opened">{textOf(opened)}</pre>}
    </section>
  )
}

interface LinesProps {
  lines: readonly LogLine[]
  /** Whether new lines scroll into view. */
  isFollowed: boolean
  onopen: (line: LogLine) => void
}

function Lines({ lines, isFollowed, onopen }: LinesProps): VNode {
  const [top, setTop] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    if (list.current && isFollowed && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight
  }, [lines.length, isFollowed])
  const first = Math.max(0, Math.floor(top / LINE_HEIGHT) - OVERSCAN)
  const last = Math.min(lines.length, first + Math.ceil(HEIGHT / LINE_HEIGHT) + 2 * OVERSCAN)
  return (
    <div
      ref={list}
      class="logs"
      role="log"
      aria-live="off"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        const { scrollTop, scrollHeight, clientHeight } = currentTarget
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - LINE_HEIGHT
        setTop(scrollTop)
      }}
    >
      <div class="all-lines" style={{ height: `${lines.length * LINE_HEIGHT}px` }}>
        {lines.slice(first, last).map((line, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the whole text is in the messages as well
          // biome-ignore lint/a11y/noStaticElementInteractions: the whole text is in the messages as well
          <div
            key={first + index}
            class="log-line"
            style={{ top: `${(first + index) * LINE_HEIGHT}px` }}
            onClick={() => onopen(line)}
          >
            <span class={`level ${line.level}`}>{line.level}</span>{' '}
            {line.logger && <span class="type">{line.logger}</span>} {textOf(line)}
          </div>
        ))}
      </div>
    </div>
  )
}

const textOf = ({ data }: LogLine): string => (typeof data === 'string' ? data : (JSON.stringify(data) ?? ''))
