import { describeAppOptions } from '@portico-example/testing/frameworks'
import { createMcpHonoApp } from './index.ts'

describeAppOptions('createMcpHonoApp', 'maxRequestBodySize', createMcpHonoApp)
