import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands for an API that was there before: a library. */
export interface Api {
  /** Where its paths are. */
  url: string
  close(): void
}

interface Book {
  isbn: string
  title: string
  author: string
  year?: number | null
}

const books: Book[] = [
  { isbn: '001', title: 'Emma', author: 'Austen', year: 1815 },
  { isbn: '002', title: 'Persuasion', author: 'Austen', year: 1817 },
  { isbn: '003', title: 'Middlemarch', author: 'Eliot', year: 1871 },
]

/** Serves the library on a free port of loopback. */
export async function startApi(): Promise<Api> {
  const listener = createServer(async (request, response) => {
    const [status, body] = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => void listener.close() }
}

async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
  if (request.headers['x-api-key'] !== 'library-key') return [401, { error: 'An API key is needed' }]
  if (request.method === 'POST') {
    const book = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Book
    if (books.some(({ isbn }) => isbn === book.isbn)) return [409, { error: `${book.isbn} is taken` }]
    books.push(book)
    return [201, book]
  }
  const [, , isbn] = pathname.split('/')
  if (isbn === undefined) return [200, find(searchParams)]
  const book = books.find((book) => book.isbn === decodeURIComponent(isbn))
  return book ? [200, book] : [404, { error: 'No such book' }]
}

function find(query: URLSearchParams): Book[] {
  const authors = query.getAll('author')
  const since = Number(query.get('filter[since]') ?? 0)
  const until = Number(query.get('filter[until]') ?? Number.POSITIVE_INFINITY)
  return books.filter(
    ({ author, year }) =>
      (authors.length === 0 || authors.includes(author)) && (year ?? 0) >= since && (year ?? 0) <= until,
  )
}
