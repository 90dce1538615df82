import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './packed-packages.ts'

/** What the steps of a Dockerfile have made, in a folder that stands for the working directory of the image. */
export interface Image {
  folder: string
  env: Record<string, string>
  /** The command of the image, and the shell command that checks its health. */
  command: string[]
  healthCheck: string
  isUnprivileged: boolean
}

/**
 * Runs the steps of a Dockerfile without Docker: each stage is a folder, and only what is copied into it is there.
 *
 * @param context - The project with the Dockerfile.
 * @param target - Where the folders of the stages are made.
 * @param env - Variables for the steps, such as those of a registry.
 */
export async function buildImage(
  context: string,
  target: string,
  env: Record<string, string>,
): Promise<Image> {
  const text = readFileSync(join(context, 'Dockerfile'), 'utf8')
  const ignored = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n')
  const stages = new Map<string, string>()
  let image: Image = startStage(target)
  for (const [, instruction, rest = ''] of text.matchAll(/^([A-Z]+) (.+)$/gm)) {
    if (instruction === 'FROM') {
      image = startStage(target)
      stages.set(rest.split(' AS ')[1] ?? '', image.folder)
    } else if (instruction === 'COPY') copy(rest, stages, context, ignored, image.folder)
    else if (instruction === 'RUN') await run(image.folder, ['sh', '-c', rest], env)
    else apply(instruction, rest, image)
  }
  return image
}

function startStage(target: string): Image {
  const folder = mkdtempSync(join(target, 'stage-'))
  return { folder, env: {}, command: [], healthCheck: '', isUnprivileged: false }
}

function copy(
  rest: string,
  stages: ReadonlyMap<string, string>,
  context: string,
  ignored: readonly string[],
  to: string,
): void {
  const [, stage, from = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(rest) ?? []
  const source = stage === undefined ? context : stages.get(stage)!
  if (stage !== undefined) {
    const name = from.replace(/^\/app\//, '')
    cpSync(join(source, name), join(to, name), { recursive: true, verbatimSymlinks: true })
    return
  }
  const pattern = new RegExp(`^${from === '.' ? '.*' : from.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
  for (const name of readdirSync(source)) {
    if (!pattern.test(name) || ignored.includes(name)) continue
    cpSync(join(source, name), join(to, name), { recursive: true })
  }
}

function apply(instruction: string | undefined, rest: string, image: Image): void {
  if (instruction === 'ENV')
    Object.assign(image.env, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))))
  if (instruction === 'USER') image.isUnprivileged = rest !== 'root'
  if (instruction === 'HEALTHCHECK') image.healthCheck = rest.replace(/^CMD /, '')
  if (instruction === 'CMD') image.command = JSON.parse(rest) as string[]
}

/** The ids of an unprivileged user, if this process may take them; it runs unprivileged itself otherwise. */
export function takeUnprivilegedUser(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  execFileSync('chmod', ['-R', 'a+rX', folder])
  return { uid: 65_534, gid: 65_534 }
}
