/** Whether an object is the bindings of this Worker. Other platforms than Workers have none. */
export const areBindings: ((given: object) => boolean) | undefined = undefined
