/**
 * Everything CI runs, in its order: `pnpm validate`. All checks run even when an earlier one failed, so that one run shows
 * everything there is to mend. The last line counts tests: `312 passed, 0 failed`; a failed check counts as one failure.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHECKS = [
  { title: 'Format and lint', command: 'pnpm lint' },
  { title: 'Types', command: 'pnpm typecheck' },
  { title: 'Build', command: 'pnpm build' },
  { title: 'Packages as they are published', command: 'pnpm check:packages' },
  { title: 'Sizes', command: 'pnpm check:size' },
  { title: 'Core without dependencies', command: 'pnpm check:core' },
  { title: 'Boundaries and import cycles', command: 'pnpm check:boundaries' },
  { title: 'Unused files, exports and dependencies', command: 'pnpm check:unused' },
  { title: 'Documentation', command: 'pnpm check:docs' },
]

const failedChecks = CHECKS.filter((check) => !run(check.title, check.command)).map(({ title }) => title)
const tests = runTests()

if (failedChecks.length > 0) console.log(`\nFailed checks: ${failedChecks.join('; ')}`)
if (tests.skipped > 0) console.log(`\n${tests.skipped} skipped`)
const failed = tests.failed + failedChecks.length
console.log(`\n${tests.passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1

function run(title: string, command: string): boolean {
  console.log(`\n━━━ ${title} (${command})`)
  const startedAt = performance.now()
  const { status } = spawnSync(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`━━━ ${title}: ${status === 0 ? 'ok' : 'FAILED'} after ${seconds} s`)
  return status === 0
}

function runTests(): { passed: number; failed: number; skipped: number } {
  const folder = mkdtempSync(join(tmpdir(), 'durably-validate-'))
  const reportPath = join(folder, 'tests.json')
  try {
    const ok = run('Tests', `pnpm test --reporter=default --reporter=json --outputFile.json="${reportPath}"`)
    const report = JSON.parse(readFileSync(reportPath, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
      numPendingTests: number
      numTodoTests: number
    }
    return {
      passed: report.numPassedTests,
      // A file that could not be loaded, or an unhandled error, fails the run without failing a test.
      failed: report.numFailedTests || (ok ? 0 : 1),
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch (error) {
    console.error('The tests left no report.', error)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
