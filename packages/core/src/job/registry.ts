import { DurablyError } from '../errors.ts'
import type { AnyJob } from './job.ts'

/** The jobs an instance knows, by name. */
export class Registry {
  readonly #jobs = new Map<string, AnyJob>()
  /** The same array until a job is added. */
  names: readonly string[] = []

  /** @throws DurablyError `NAME_TAKEN` */
  add(job: AnyJob): void {
    const { name } = job
    if (this.#jobs.has(name))
      throw new DurablyError('NAME_TAKEN', `A job named "${name}" exists already: rename one.`, {
        details: { jobName: name },
      })
    this.#jobs.set(name, job)
    this.names = [...this.#jobs.keys()]
  }

  get(name: string): AnyJob | undefined {
    return this.#jobs.get(name)
  }
}
