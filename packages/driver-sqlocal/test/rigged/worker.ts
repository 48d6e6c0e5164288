import '../../src/worker/worker.ts'
import { rigHost } from './host.ts'

rigHost()
