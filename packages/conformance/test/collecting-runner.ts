import type { Runner } from '../src/index.ts'

/** How one case ended. */
export interface CaseResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** Runs what a suite declares, one case after the other, as far as the results are asked for. */
export async function* collect(declare: (runner: Runner) => void): AsyncGenerator<CaseResult> {
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
  for (const { name, run } of cases) {
    let skipped = false
    const skip = () => {
      skipped = true
    }
    const passed = await run({ skip }).then(
      () => true,
      () => false,
    )
    yield { name, outcome: skipped ? 'skipped' : passed ? 'passed' : 'failed' }
  }
}

/** The name of the first case that fails; null: all pass. */
export async function firstFailure(declare: (runner: Runner) => void): Promise<string | null> {
  for await (const { name, outcome } of collect(declare)) if (outcome === 'failed') return name
  return null
}
