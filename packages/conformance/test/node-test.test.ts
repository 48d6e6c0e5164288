import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the suites run on node:test as they do here', async () => {
  const suite = join(import.meta.dirname, 'fixtures/node-test.ts')
  const options = ['--conditions=@durably/source', '--test', '--test-reporter=tap', suite]
  const { stdout } = await promisify(execFile)(process.execPath, options)
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1])
  expect({ fail: count('fail'), skipped: count('skipped') }).toEqual({ fail: 0, skipped: 1 })
  expect(count('pass')).toBeGreaterThan(150)
})
