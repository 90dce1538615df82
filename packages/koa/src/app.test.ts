import { describeAppOptions } from '@portico-example/testing/frameworks'
import { createMcpKoaApp } from './index.ts'

describeAppOptions('createMcpKoaApp', 'maxRequestBodySize', createMcpKoaApp)
