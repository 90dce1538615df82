import type { Server } from 'node:http'
import { describeApplication } from '@portico-example/testing/applications'
import express, { type RequestHandler } from 'express'
import express4 from 'express-4'
import { describe } from 'vitest'
import { createMcpExpressApp, toNodeHandler } from './index.ts'

const apps = {
  createMcpExpressApp: () => createMcpExpressApp(),
  'Express 5': () => express(),
  'Express 4': () => express4() as unknown as express.Express,
}

const everything = { type: () => true }

/** Leaves a body as a host that has read the request itself does. */
const reading =
  (leave: (bytes: Buffer) => unknown): RequestHandler =>
  async (req, _res, next) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    req.body = leave(Buffer.concat(chunks))
    next()
  }

const encode: RequestHandler = (req, _res, next) => {
  req.setEncoding('utf8')
  next()
}

const unset: RequestHandler = (req, _res, next) => {
  req.body = null
  next()
}

const own: RequestHandler = ({ body }, res) => void res.json(body.value)

describe.each(Object.entries(apps))('%s', (name, createApp) => {
  const isParsed = name === 'createMcpExpressApp'
  describeApplication({
    async listen(handler) {
      const app = createApp()
      const mcp = toNodeHandler(handler)
      app.post('/own/json', express.json(), own)
      app.post('/own/own-parser', isParsed ? own : reading((bytes) => JSON.parse(String(bytes))), own)
      app.post('/own/upload', express.raw({ type: 'multipart/form-data', limit: '1mb' }), (req, res) => {
        res.type('text').send(String(req.body.length))
      })
      app.all('/mcp', mcp)
      app.all('/mcp/json', express.json(), mcp)
      app.all('/mcp/other-json', express.json({ type: 'application/vnd.api+json' }), mcp)
      app.all('/mcp/raw', express.raw(everything), mcp)
      app.all('/mcp/text', express.text(everything), mcp)
      app.all('/mcp/next', (req, res, next) => void mcp(req, res, next))
      if (!isParsed) {
        app.all(
          '/mcp/bytes',
          reading((bytes) => new Uint8Array(bytes)),
          mcp,
        )
        app.all(
          '/mcp/lost',
          reading(() => undefined),
          mcp,
        )
        app.all(
          '/mcp/null',
          reading(() => null),
          mcp,
        )
        app.all('/mcp/encoded', encode, mcp)
        app.all('/mcp/unset', unset, mcp)
      }
      const server = app.listen(0, '127.0.0.1') as Server
      await new Promise((up) => server.once('listening', up))
      return server
    },
    served: {
      'left alone': '/mcp',
      'parsed by express.json()': '/mcp/json',
      'passed over by a parser of other types': '/mcp/other-json',
      'read by express.raw()': '/mcp/raw',
      'read by express.text()': '/mcp/text',
      'handed on with next': '/mcp/next',
      ...(!isParsed && {
        'left as bytes': '/mcp/bytes',
        'given an encoding': '/mcp/encoded',
        'left unread, with null in its place': '/mcp/unset',
      }),
    },
    lost: isParsed ? {} : { 'read and dropped': '/mcp/lost', 'read, with null in its place': '/mcp/null' },
    json: { 'express.json()': '/own/json', 'a parser of their own': '/own/own-parser' },
    upload: '/own/upload',
  })
})
