import { handler } from '../../../../src/handler.ts'

export { handler as GET, handler as OPTIONS }
