import type { Runner } from '../src/index.ts'

/** How one case ended. */
export interface CaseResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** Runs what a suite declares, one case after the other, and keeps how each ended. */
export async function collect(declare: (runner: Runner) => void): Promise<readonly CaseResult[]> {
  const groups: string[] = []
  const cases: { readonly name: string; readonly run: Parameters<Runner['it']>[1] }[] = []
  declare({
    describe(name, define) {
      groups.push(name)
      define()
      groups.pop()
    },
    it: (name, run) => cases.push({ name: [...groups, name].join(' > '), run }),
  })
  const results: CaseResult[] = []
  for (const { name, run } of cases) {
    let skipped = false
    const skip = () => {
      skipped = true
    }
    const passed = await run({ skip }).then(
      () => true,
      () => false,
    )
    results.push({ name, outcome: skipped ? 'skipped' : passed ? 'passed' : 'failed' })
  }
  return results
}
