import { DurablyError } from '../errors.ts'
import type { AnyJob } from './job.ts'

/** The jobs an instance knows, by name. */
export class Registry {
  readonly #jobs = new Map<string, AnyJob>()
  #names: readonly string[] = []

  /** Adds a job; answers false when this very definition is there already. @throws DurablyError `NAME_TAKEN` */
  add(job: AnyJob): boolean {
    const known = this.#jobs.get(job.name)
    if (known === job) return false
    if (known) {
      throw new DurablyError(
        'NAME_TAKEN',
        `Another job is registered as "${job.name}". Give one of them a name of its own, or register the same definition.`,
        { details: { jobName: job.name } },
      )
    }
    this.#jobs.set(job.name, job)
    this.#names = [...this.#jobs.keys()]
    return true
  }

  get(name: string): AnyJob | undefined {
    return this.#jobs.get(name)
  }

  /** The same array until a job is added. */
  get names(): readonly string[] {
    return this.#names
  }
}
