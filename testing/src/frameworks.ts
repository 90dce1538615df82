export { describeAppOptions } from './describe-app-options.ts'
export { describeFramework } from './describe-framework.ts'
export { ANSWERED_BY_PARSER, type AppSetup, type Framework, type Tls } from './framework.ts'
