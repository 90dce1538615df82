import { type ObjectState, PorticoObject } from '../index.ts'

interface Abortable extends ObjectState {
  readonly id: { toString(): string }
  abort(reason: string): void
}

const running = new Set<string>()

/** An object that a test can throw out of memory. */
export class RestartableObject extends PorticoObject {
  constructor(ctx: ObjectState, env: unknown) {
    super(ctx, env)
    running.add(String((ctx as Abortable).id))
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/restart')
      (this.ctx as Abortable).abort('A test restarts the object')
    return new URL(request.url).pathname === '/tables'
      ? Response.json(this.#listTables())
      : super.fetch(request)
  }

  #listTables(): unknown[] {
    const { sql } = this.ctx.storage
    const rows = sql.exec(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    )
    return rows.toArray().map(({ name }) => name)
  }
}

/** An object that cannot be reached. */
export class LostObject {
  constructor() {
    throw new Error('This object is lost')
  }
}

interface Env {
  PORTICO: {
    idFromString(id: string): unknown
    get(id: unknown): { fetch(url: string): Promise<Response> }
  }
}

export default {
  /** Restarts every object that has been in memory. */
  async fetch(_: Request, { PORTICO }: Env): Promise<Response> {
    const ids = [...running]
    running.clear()
    const restart = (id: string): Promise<unknown> =>
      PORTICO.get(PORTICO.idFromString(id))
        .fetch('https://object/restart')
        .then(
          () => false,
          () => true,
        )
    const restarted = await Promise.all(ids.map(restart))
    return Response.json({ count: restarted.filter(Boolean).length })
  },
}
