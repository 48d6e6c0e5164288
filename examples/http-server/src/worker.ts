import { readOptions } from './options.ts'
import { Reports } from './reports.ts'
import { closeOnSignal } from './shutdown.ts'

const options = readOptions()
const reports = new Reports(options)
await reports.open({ worker: true })
console.log(`worker ${process.pid} executes the runs of ${options.db}`)

closeOnSignal(() => reports.close())
