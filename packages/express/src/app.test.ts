import { describeAppOptions } from '@portico-example/testing/frameworks'
import { createMcpExpressApp } from './index.ts'

describeAppOptions('createMcpExpressApp', 'jsonLimit', createMcpExpressApp)
