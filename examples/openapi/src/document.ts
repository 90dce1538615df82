/** What the library's API says of itself. */
export const document: object = {
  openapi: '3.0.3',
  info: { title: 'Library', version: '1.0.0' },
  paths: {
    '/books': {
      get: {
        operationId: 'find-books',
        summary: 'Find books',
        parameters: [
          { name: 'author', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          {
            name: 'filter',
            in: 'query',
            style: 'deepObject',
            schema: { $ref: '#/components/schemas/Filter' },
          },
        ],
        responses: { 200: { description: 'The books' } },
      },
      post: {
        operationId: 'add-book',
        summary: 'Add a book',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Book' } } },
        },
        responses: { 201: { description: 'The book' } },
      },
    },
    '/books/{isbn}': {
      parameters: [{ name: 'isbn', in: 'path', required: true, schema: { type: 'string' } }],
      get: {
        operationId: 'get-book',
        summary: 'Get a book',
        responses: { 200: { description: 'The book' } },
      },
      delete: {
        operationId: 'burn-book',
        summary: 'Burn a book',
        'x-mcp-exclude': true,
        responses: { 204: { description: 'Gone' } },
      },
    },
  },
  security: [{ key: [] }],
  components: {
    schemas: {
      Book: {
        type: 'object',
        required: ['isbn', 'title', 'author'],
        properties: {
          isbn: { type: 'string', pattern: '^[0-9]{3}$' },
          title: { type: 'string' },
          author: { type: 'string' },
          year: { type: 'integer', nullable: true },
        },
      },
      Filter: {
        type: 'object',
        properties: { since: { type: 'integer' }, until: { type: 'integer' } },
      },
    },
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' } },
  },
}
