import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHTTPServer } from '@portico-mcp/server'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

const folder = fileURLToPath(new URL('deploy/', import.meta.url))
const read = (page: string): string => readFileSync(`${folder}${page}`, 'utf8')

const readSnippets = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code!)

interface Manifest {
  kind: string
  spec: {
    template: {
      spec: { terminationGracePeriodSeconds: number; containers: Container[] }
    }
  }
}

interface Container {
  livenessProbe: { httpGet: { path: string } }
  readinessProbe: { httpGet: { path: string } }
  lifecycle: { preStop: { exec: { command: [string, string] } } }
}

const parseYaml = (code: string): Manifest[] =>
  parseAllDocuments(code).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })

describe('the pages about deployment', () => {
  it.each(readdirSync(folder))('%s has YAML that can be read', (page) => {
    for (const code of readSnippets(read(page), 'yaml')) expect(parseYaml(code).length).toBeGreaterThan(0)
  })

  it('let Kubernetes probe what a server answers, and wait for its drain', async () => {
    const [code] = readSnippets(read('kubernetes.md'), 'yaml')
    const { spec } = parseYaml(code!).find(({ kind }) => kind === 'Deployment')!.spec.template
    const [container] = spec.containers
    const server = await createHTTPServer({ name: 'probed', version: '1.0.0', port: 0, signals: false })
    try {
      for (const { path } of [container!.livenessProbe.httpGet, container!.readinessProbe.httpGet]) {
        expect((await fetch(new URL(path, server.url))).status).toBe(200)
      }
    } finally {
      await server.close()
    }
    const pause = Number(container!.lifecycle.preStop.exec.command[1])
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + 10)
  })

  it('list the variables that packages read', () => {
    const packages = fileURLToPath(new URL('../packages/', import.meta.url))
    const sources = readdirSync(packages)
      .filter((name) => name !== 'create-portico')
      .flatMap((name) =>
        readdirSync(`${packages}${name}/src`, { recursive: true, encoding: 'utf8' })
          .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file) && !/(?:^|\/)testing\//.test(file))
          .map((file) => readFileSync(`${packages}${name}/src/${file}`, 'utf8')),
      )
    // programs in docstrings read variables of their own
    const code = sources.join('\n').replace(/\/\*\*[\s\S]*?\*\//g, '')
    const named = [...code.matchAll(/\benv\??\.([A-Z][A-Z_]+)\b|'(PORTICO_[A-Z_]+)'/g)].map(
      ([, member, text]) => member ?? text,
    )
    // how a message names a variable or a binding of the reader's own
    const own = new Set(['PORTICO', 'REDIS_URL'])
    const page = read('environment.md')
    for (const name of new Set(named)) if (!own.has(name!)) expect(page).toContain(`\`${name}\``)
  })

  const hasNginx = spawnSync('nginx', ['-v']).status === 0
  it.skipIf(!hasNginx)('have a configuration of nginx that serves calls', async () => {
    const server = await createHTTPServer({
      name: 'proxied',
      version: '1.0.0',
      port: 0,
      signals: false,
      publicUrl: 'http://mcp.example.com',
      trustProxy: ['127.0.0.1'],
    })
    const port = await findPort()
    const temporary = mkdtempSync(join(tmpdir(), 'portico-nginx-'))
    const [block] = readSnippets(read('node.md'), 'nginx')
    const configured = block!
      .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
      .replace(/^ *ssl_.*$/gm, '')
      .replace('127.0.0.1:3001', `127.0.0.1:${server.port}`)
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${temporary}/${name};`,
    )
    writeFileSync(
      join(temporary, 'nginx.conf'),
      `daemon off; pid ${temporary}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')} ${configured} }`,
    )
    const nginx = spawn('nginx', ['-p', temporary, '-c', join(temporary, 'nginx.conf')], { stdio: 'ignore' })
    try {
      const url = `http://127.0.0.1:${port}/mcp`
      await expect
        .poll(() =>
          fetch(url).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true)
      const listed = await send(port, 'tools/list', 'mcp.example.com')
      expect(listed).toMatch(/^HTTP\/1\.1 200/)
      // a name that is not served does not pass
      expect(await send(port, 'tools/list', 'evil.example.com')).toMatch(/^HTTP\/1\.1 403/)
    } finally {
      nginx.kill('SIGTERM')
      await once(nginx, 'exit')
      await server.close()
      rmSync(temporary, { recursive: true, force: true })
    }
  })
})

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

/** Sends a message with a `Host` of its own, which `fetch` does not allow. */
async function send(port: number, method: string, host: string): Promise<string> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method })
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
