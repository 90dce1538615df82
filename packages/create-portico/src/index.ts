export { CreateError, type CreateErrorCode } from './create-error.ts'
export { type CreateOptions, createProject, type Runtime } from './create-project.ts'
