export { type InspectorOptions, type InspectorTarget, startInspector } from './start-inspector.ts'
