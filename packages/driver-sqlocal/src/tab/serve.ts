import { CallFailed, CallLost } from '../call-errors.ts'
import type { DatabaseCall } from '../worker/protocol.ts'
import type { Letter } from './tab-channel.ts'
import type { TabDatabase } from './tab-database.ts'

/** Calls that belong together, which a tab that dies in between would leave open for everybody. */
const OWNER_ONLY: ReadonlySet<DatabaseCall['do']> = new Set(['begin', 'commit', 'rollback'])
const WRITES: ReadonlySet<DatabaseCall['do']> = new Set(['batch', 'execute', 'import', 'delete'])

/** Carries out the call of another tab. */
export async function serve(
  database: TabDatabase,
  id: number,
  call: DatabaseCall,
): Promise<Exclude<Letter, { type: 'request' }>> {
  try {
    if (OWNER_ONLY.has(call.do)) throw new Error('A transaction can be opened in the leading tab only.')
    return { type: 'answer', id, answer: await database.call(call) }
  } catch (error) {
    if (error instanceof CallLost) return { type: 'lost', id }
    return { type: 'failure', id, failure: asFailed(error).toSent() }
  }
}

/** May there be something new in the database after this call? */
export function writes(call: DatabaseCall): boolean {
  return WRITES.has(call.do)
}

function asFailed(error: unknown): CallFailed {
  if (error instanceof CallFailed) return error
  return new CallFailed({ message: String(error), resultCode: null, statementIndex: null })
}
