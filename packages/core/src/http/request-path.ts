/** Returns the path of a request's URL without its query, as it was sent. The URL of a `Request` is absolute. */
export function readPath({ url }: Pick<Request, 'url'>): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return '/'
  const query = url.indexOf('?', start)
  const fragment = url.indexOf('#', start)
  const end = query < 0 || (fragment >= 0 && fragment < query) ? fragment : query
  return end < 0 ? url.slice(start) : url.slice(start, end)
}
