// bundled, and served by Bun, Deno and workerd
import { fixedResult } from '../fixed-result.ts'
import { ONE_CALL } from './work.ts'

const result = fixedResult(ONE_CALL)

export default {
  async fetch(request: Request): Promise<Response> {
    const { id } = (await request.json()) as { id: number }
    return Response.json({ jsonrpc: '2.0', id, result })
  },
}
