/**
 * A store of tasks in a folder.
 *
 * @module
 */
export { FileTaskStore, type FileTaskStoreOptions } from './store/file-task-store.ts'
