import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { token } from './access.ts'
import { configurations } from './configurations.ts'
import { Copy } from './copy.tsx'
import { legacy } from './eras.ts'
import { Scroll } from './json.tsx'
import { webAddress } from './links.ts'
import { Markdown, Out } from './markdown.tsx'
import { linkTo, place } from './place.ts'
import { type Discovered, discovered, type ListName, lists } from './server.ts'
import { Tabs } from './tabs.tsx'
import { readExchange } from './traffic/read-exchange.ts'
import { Rows } from './traffic/rows.tsx'
import { exchanges } from './traffic/traffic-feed.ts'

const LEGACY = {
  stateless: '2025 era, stateless',
  sessions: '2025 era, with sessions',
  none: '2025 era not served',
}

/** What the server is, and how clients reach it. */
export function Overview(): VNode {
  const server = discovered.value
  if (!server) return <section class="wide" aria-label="Overview" />
  const { info, instructions } = server
  const site = webAddress(info.websiteUrl)
  return (
    <section class="wide" aria-label="Overview">
      <header class="hero">
        <h1>{String(info.title ?? info.name ?? 'A server without a name')}</h1>
        <div class="tags">
          {info.title && info.name && <code>{String(info.name)}</code>}
          {info.version && <span class="tag">version {String(info.version)}</span>}
          {server.supportedVersions.map((version) => (
            <span class="tag era2026" key={version}>
              {String(version)}
            </span>
          ))}
          {legacy.value && (
            <span class={`tag ${legacy.value === 'none' ? '' : 'era2025'}`}>{LEGACY[legacy.value]}</span>
          )}
        </div>
        {info.description && <Markdown text={String(info.description)} />}
        {site && (
          <p>
            <Out to={site}>{site}</Out>
          </p>
        )}
        <div class="endpoint">
          <span class="caption">Endpoint</span>
          <code>{place.endpoint}</code>
          <Copy text={place.endpoint} label="Copy the endpoint" />
        </div>
      </header>
      <Counts />
      <Latest />
      {instructions && (
        <>
          <h2>Instructions</h2>
          <div class="card">
            <Markdown text={String(instructions)} />
          </div>
        </>
      )}
      <Capabilities server={server} />
      <Clients server={server} />
    </section>
  )
}

const COUNTED: [name: ListName, view: string, title: string][] = [
  ['tools', 'tools', 'Tools'],
  ['prompts', 'prompts', 'Prompts'],
  ['resources', 'resources', 'Resources'],
  ['templates', 'resources', 'Templates'],
]

function Counts(): VNode {
  return (
    <ul class="counts">
      {COUNTED.map(([name, view, title]) => (
        <li key={name}>
          <a href={linkTo(view)}>
            <strong>{lists[name].value?.items.length ?? '…'}</strong>
            <span>{title}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

const LATEST = 5

function Latest(): VNode | null {
  const latest = exchanges.value.filter(({ isOwn }) => !isOwn).slice(0, LATEST)
  if (latest.length === 0) return null
  return (
    <>
      <div class="heading apart">
        <h2>Latest traffic</h2>
        <a href={linkTo('traffic')}>Show all traffic</a>
      </div>
      <Rows rows={latest.map((exchange) => ({ exchange, reading: readExchange(exchange) }))} />
    </>
  )
}

function Capabilities({ server }: { server: Discovered }): VNode {
  const capabilities = Object.entries(server.capabilities)
  return (
    <>
      <h2>Capabilities</h2>
      {capabilities.length === 0 && <p class="quiet">The server declares no capabilities.</p>}
      <ul class="capabilities">
        {capabilities.map(([name, settings]) => {
          const members = Object.entries(settings ?? {})
          return (
            <li key={name} class="tag">
              {name}
              {members.length > 0 && (
                <span class="with">
                  {members
                    .map(([member, value]) =>
                      value === true ? member : `${member} ${JSON.stringify(value)}`,
                    )
                    .join(', ')}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}

function Clients({ server }: { server: Discovered }): VNode {
  const all = configurations(server.info, place.endpoint, token.value !== undefined)
  const [chosen, choose] = useState(all[0]!.client)
  const { where, text, link } = all.find(({ client }) => client === chosen)!
  return (
    <>
      <h2>Connect a client</h2>
      <Tabs
        label="Client"
        tabs={Object.fromEntries(all.map(({ client }) => [client, client]))}
        chosen={chosen}
        onchoose={choose}
      />
      {link && (
        <p>
          {/* a button, since no link of the page leads anywhere but to the web */}
          <button type="button" class="primary" data-link={link} onClick={() => location.assign(link)}>
            Add to {chosen}
          </button>
        </p>
      )}
      <p class="quiet">{where}</p>
      <div class="json">
        <Copy text={text} label={`Copy the configuration of ${chosen}`} />
        <Scroll label={`Configuration of ${chosen}`}>{text}</Scroll>
      </div>
    </>
  )
}
