import type { DriverName } from '../database.ts'
import { violations } from '../evidence/verdict.ts'
import type { CampaignResult } from './campaign.ts'

/** Sums campaigns up. */
export class Tally {
  readonly #driver: DriverName
  readonly #began = performance.now()
  #rounds = 0
  #kills = 0
  #acknowledged = 0
  #lost = 0
  #bodies = 0
  #executedAgain = 0
  #integrity = 'ok'
  /** Everything that broke a promise. */
  readonly violations: string[] = []

  constructor(driver: DriverName) {
    this.#driver = driver
  }

  get rounds(): number {
    return this.#rounds
  }

  add({ rounds, kills, verdict }: CampaignResult): void {
    this.#rounds += rounds
    this.#kills += kills
    this.#acknowledged += verdict.acknowledged
    this.#lost += verdict.lost.length
    this.#bodies += verdict.bodies
    this.#executedAgain += verdict.executedAgain.length
    if (verdict.integrity !== 'ok') this.#integrity = verdict.integrity
    this.violations.push(...violations(verdict))
  }

  /** One line. */
  toString(): string {
    const seconds = Math.round((performance.now() - this.#began) / 1_000)
    return [
      `${this.#driver}: ${this.#rounds} rounds`,
      `${this.#kills} kills`,
      `${this.#acknowledged} runs acknowledged, ${this.#lost} lost`,
      `${this.#bodies} bodies, ${this.#executedAgain} recorded steps executed again`,
      `${this.violations.length} violations in all`,
      `integrity ${this.#integrity}`,
      `${seconds} s`,
    ].join(', ')
  }
}
