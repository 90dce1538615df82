// bundled, and served by Bun, Deno and workerd
import { porticoHandler } from '../groups/portico.ts'
import { ONE_CALL } from './work.ts'

const handler = await porticoHandler(ONE_CALL)

export default { fetch: (request: Request): Promise<Response> => handler.fetch(request) }
