import { compile } from './compile.mjs'
import { install, root, run } from './workspace.mjs'

// `npm run site` builds the documentation site into site/dist/site
install()
compile()
run(process.execPath, `${root}site/write-options.mjs`)
run(process.execPath, `${root}site/build.mjs`)
