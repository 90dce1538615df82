import { handler } from '../../src/handler.ts'

export { handler as DELETE, handler as GET, handler as OPTIONS, handler as POST }
