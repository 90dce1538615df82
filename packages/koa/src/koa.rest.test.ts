import bodyParser6 from '@koa/bodyparser'
import { ANSWERED_BY_PARSER, describeFramework } from '@portico-example/testing/frameworks'
import Koa from 'koa'
import Koa2 from 'koa-2'
import bodyParser4 from 'koa-bodyparser'
import { listen } from './testing/listen.ts'

const parsing = { jsonLimit: '4mb', jsonStrict: false }

const plainApps: Record<string, () => Koa> = {
  'Koa 3 without a parser': () => new Koa(),
  'Koa 3 with @koa/bodyparser in front': () => new Koa().use(bodyParser6(parsing)),
  'Koa 2 without a parser': () => new Koa2() as unknown as Koa,
  'Koa 2 with koa-bodyparser in front': () =>
    (new Koa2() as unknown as Koa).use(bodyParser4({ ...parsing, strict: false })),
}

const answered = [
  ...ANSWERED_BY_PARSER,
  'modern/json-rpc/empty-body',
  'modern/limits/error',
  // the parsers leave the rest of a body that is too large unread
  'modern/limits/after-undeclared-length',
]

describeFramework({
  plainApps: Object.fromEntries(
    Object.keys(plainApps).map((name) => [name, name.includes('parser in front') ? answered : []]),
  ),
  listen: (setup) => listen(setup, setup.plainApp === undefined ? undefined : plainApps[setup.plainApp]!()),
})
