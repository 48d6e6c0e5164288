let complaint: DOMException | undefined

/** What the VFS logs before it tells SQLite no more than "disk I/O error". */
export function hearVfs(...logged: readonly unknown[]): void {
  complaint = logged.find((entry) => entry instanceof DOMException) ?? complaint
}

/**
 * Why the last operation on the file failed, if the file system said so. Asked once a failure, which may be another one: the VFS
 * also complains of what SQLite forgives, a checkpoint for example.
 */
export function takeComplaint(): DOMException | undefined {
  const taken = complaint
  complaint = undefined
  return taken
}
