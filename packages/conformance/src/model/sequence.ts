import type { Storage } from '@durably/core'
import { memoryStorage } from '@durably/core/testing'
import { Names } from './names.ts'
import type { Turn } from './operation.ts'
import { JOBS } from './operation.ts'
import { showBelongings, showRuns } from './side.ts'
import { Story } from './story.ts'

/**
 * Takes a storage and the memory storage through one sequence and compares every answer and what is stored after each turn.
 * The model executes the operations of a turn one by one, the storage gets them all at once.
 *
 * @throws ConformanceError that tells the story so far
 */
export async function playSequence(storage: Storage, turns: readonly Turn[]): Promise<void> {
  const model = { storage: memoryStorage(), names: new Names() }
  const subject = { storage, names: new Names() }
  await Promise.all([model.storage.migrate(), subject.storage.migrate()])
  const story = new Story(model)
  for (const turn of turns) {
    const played = await story.play(turn)
    const answers = await Promise.all(played.map(({ call }) => call.perform(subject.storage, subject.names)))
    for (const [index, { answer }] of played.entries()) {
      story.compare(answers[index], answer, `the answer of call ${index + 1} of the last ${played.length}`)
    }
    story.compare(await showRuns(subject), await showRuns(model), 'the stored runs')
    story.compare(
      await subject.storage.nextDue(JOBS),
      await model.storage.nextDue(JOBS),
      'when something is due',
    )
  }
  story.compare(await showBelongings(subject), await showBelongings(model), 'the steps and log lines')
}
