import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Another process with the same file open, speaking to SQLite without Durably. */
export interface OtherProcess extends AsyncDisposable {
  execute(sql: string): Promise<void>
}

export function otherProcess(path: string): OtherProcess {
  const script = fileURLToPath(new URL('./sql-shell.ts', import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: child.stdout })
  return {
    async execute(sql) {
      const answer = once(answers, 'line')
      child.stdin.write(`${sql}\n`)
      await answer
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
