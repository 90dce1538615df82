import { compile } from './compile.mjs'
import { install } from './workspace.mjs'

install()
compile()
