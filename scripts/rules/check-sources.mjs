import { checkDuplicates } from './duplicates.mjs'
import { checkFileSize } from './file-size.mjs'
import { checkImportCycles } from './import-cycles.mjs'
import { checkImportDirection } from './import-direction.mjs'
import { checkUndeclaredImports } from './undeclared-imports.mjs'

/**
 * Checks the rules that need no more than the sources.
 *
 * @param packages What `readPackages` returns.
 * @param exceptions What is allowed for now, by rule; an exception that is no longer needed is a problem too.
 */
export function checkSources(packages, exceptions = {}) {
  return [
    checkFileSize(packages, exceptions.fileSize),
    checkImportCycles(packages, exceptions.importCycles),
    checkImportDirection(packages, exceptions.importDirection),
    checkUndeclaredImports(packages),
    checkDuplicates(packages, exceptions.duplicates),
  ]
}
