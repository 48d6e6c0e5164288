import type { Source } from './jobs/source.ts'

const FOLDER = 'sources'

/** Keeps the bytes of a file in OPFS under their hash, so that a run can read them after a reload. The same file is kept once. */
export async function keepSource(file: File): Promise<Source> {
  const bytes = await file.arrayBuffer()
  const hash = toHex(await crypto.subtle.digest('SHA-256', bytes))
  const folder = await openFolder()
  const kept = await folder.getFileHandle(hash, { create: true })
  if ((await kept.getFile()).size !== bytes.byteLength) {
    const writer = await kept.createWritable()
    await writer.write(bytes)
    await writer.close()
  }
  return { name: file.name, hash, bytes: bytes.byteLength }
}

/** @throws DOMException `NotFoundError` when it was never kept, or was forgotten */
export async function readSource(hash: string): Promise<Blob> {
  const folder = await openFolder()
  return (await folder.getFileHandle(hash)).getFile()
}

/** Deletes the bytes. Forgetting what is not there is no error. */
export async function forgetSource(hash: string): Promise<void> {
  const folder = await openFolder()
  await folder.removeEntry(hash).catch(() => {})
}

async function openFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory()
  return root.getDirectoryHandle(FOLDER, { create: true })
}

function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
