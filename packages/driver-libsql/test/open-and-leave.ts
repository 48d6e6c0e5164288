import { libsql } from '@durably/driver-libsql'

// Run as a process of its own: uses a storage, watches, and does not close it. Nothing may keep the process from ending.
const storage = libsql({ path: process.argv[2] ?? ':memory:' })
await storage.migrate()
storage.watch(() => {})
console.log((await storage.getRun('none')) === null ? 'read' : 'odd')
