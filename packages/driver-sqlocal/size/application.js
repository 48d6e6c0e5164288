// What an application in the browser imports, for the size limit.
export { createDurably, defineJob } from '@durably/core'
export { sqlocal } from '@durably/driver-sqlocal'
