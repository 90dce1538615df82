import { ANSWERED_BY_PARSER, describeFramework } from '@portico-example/testing/frameworks'
import express, { type Express } from 'express'
import express4 from 'express-4'
import { listen } from './testing/listen.ts'

const plainApps: Record<string, () => Express> = {
  'Express 5 without a parser': () => express(),
  'Express 5 with express.json() in front': () =>
    express().use(express.json({ limit: '4mb', strict: false })),
  'Express 4 without a parser': () => express4(),
  'Express 4 with express.json() in front': () =>
    express4().use(express4.json({ limit: '4mb', strict: false })),
}

const answered = [...ANSWERED_BY_PARSER, 'modern/limits/error']

describeFramework({
  plainApps: Object.fromEntries(
    Object.keys(plainApps).map((name) => [name, name.includes('json()') ? answered : []]),
  ),
  listen: (setup) => listen(setup, setup.plainApp === undefined ? undefined : plainApps[setup.plainApp]!()),
})
