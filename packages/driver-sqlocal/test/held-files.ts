/** Opens every file of a database in a worker, as a process does that was stopped, until the returned function is called. */
export async function holdFiles(databasePath: string): Promise<() => void> {
  const script = `onmessage = async ({ data }) => {
    let folder = await navigator.storage.getDirectory()
    for (const name of data) folder = await folder.getDirectoryHandle(name)
    for await (const file of folder.values()) await file.createSyncAccessHandle()
    postMessage('held')
  }`
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
  await new Promise((resolve) => {
    worker.onmessage = resolve
    worker.postMessage(['.durably', encodeURIComponent(databasePath), '.opaque'])
  })
  return () => worker.terminate()
}
