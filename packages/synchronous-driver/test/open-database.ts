import { synchronousDriver } from '@durably/synchronous-driver'
import { nodeSqlite } from './node-sqlite.ts'

// Run as a process of its own: opens the file named by the argument, and prints how that went.
const path = process.argv[2] ?? ''
try {
  const connection = await synchronousDriver({ name: 'node:sqlite', path, openDatabase: nodeSqlite }).open()
  await connection.close()
  console.log(JSON.stringify({ code: 'opened' }))
} catch (error) {
  const { code, message, retryable } = error as { code?: string; message: string; retryable?: boolean }
  console.log(JSON.stringify({ code, message, retryable }))
}
