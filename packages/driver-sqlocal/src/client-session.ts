import type { SQLocal } from 'sqlocal'
import type { ApplicationResult, ApplicationSession } from './application-dialect.ts'

/** The application's statements on its own client. */
export class ClientSession implements ApplicationSession {
  readonly #client: SQLocal
  #transaction: Awaited<ReturnType<SQLocal['beginTransaction']>> | null = null

  constructor(client: SQLocal) {
    this.#client = client
  }

  async begin(): Promise<void> {
    this.#transaction = await this.#client.beginTransaction()
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction
    this.#transaction = null
    await transaction?.[how]()
  }

  async execute(sql: string, parameters: readonly unknown[]): Promise<ApplicationResult> {
    const key = this.#transaction?.transactionKey
    const { rows, columns, numAffectedRows } = await this.#client.exec(sql, [...parameters], 'all', key)
    return {
      rows: (rows as unknown[][]).map((values) =>
        Object.fromEntries(columns.map((name, index) => [name, values[index]])),
      ),
      changes: numAffectedRows,
    }
  }
}
