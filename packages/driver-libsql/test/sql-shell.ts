import { createInterface } from 'node:readline'
import Database from 'libsql'

// Run as a process of its own: executes each line of its input on the file named by the argument, and answers each.
const database = new Database(process.argv[2] ?? '', { timeout: 5000 })
for await (const sql of createInterface({ input: process.stdin })) {
  database.exec(sql)
  console.log('done')
}
database.close()
