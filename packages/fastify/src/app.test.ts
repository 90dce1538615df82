import { describeAppOptions } from '@portico-example/testing/frameworks'
import { createMcpFastifyApp } from './index.ts'

describeAppOptions('createMcpFastifyApp', 'maxRequestBodySize', createMcpFastifyApp)
