import type { LiveRun } from '../live-runs.ts'
import { element } from './element.ts'
import { clockTime, duration } from './format.ts'
import { report } from './report.ts'
import { facts, STATUS } from './words.ts'

/** What a person can do with a run. */
export interface RunActions {
  cancel(runId: string): void
  retry(runId: string): void
  again(runId: string): void
  remove(runId: string): void
}

/** One run: name, status, progress, steps, what it found, logs, and what can be done with it. */
export class RunCard {
  readonly element: HTMLElement
  readonly #actions: RunActions
  readonly #title = element('h3')
  readonly #status = element('span', { class: 'status', 'aria-live': 'polite' })
  readonly #facts = element('p', { class: 'facts' })
  readonly #progress = element('progress', { max: 1, value: 0 })
  readonly #message = element('p', { class: 'message' })
  readonly #steps = element('ol', { class: 'steps', 'aria-label': 'Steps' })
  readonly #found = element('div')
  readonly #logLines = element('ul', { class: 'logs' })
  readonly #logs: HTMLDetailsElement
  readonly #buttons = element('div', { class: 'buttons' })
  /** What the buttons and the report were made for; made anew only when it changes, so that focus stays. */
  #shownStatus = ''

  constructor(actions: RunActions) {
    this.#actions = actions
    this.#logs = element('details', {}, element('summary', {}, 'Log'), this.#logLines)
    this.element = element(
      'article',
      { class: 'run' },
      element('header', {}, this.#title, this.#status),
      this.#facts,
      this.#progress,
      this.#message,
      this.#steps,
      this.#found,
      this.#logs,
      this.#buttons,
    )
  }

  show({ run, steps, logs, active }: LiveRun): void {
    const { source } = run.input as { source: { name: string } }
    const { current = 0, total = 1, message = '' } = run.progress ?? {}
    this.element.dataset['status'] = run.status
    this.element.dataset['runId'] = run.id
    this.#title.textContent = source.name
    this.#status.textContent = STATUS[run.status]
    this.#facts.textContent = facts(run)
    this.#progress.value = run.status === 'completed' ? 1 : current / Math.max(total, 1)
    this.#progress.setAttribute('aria-label', `Progress of ${source.name}`)
    this.#message.textContent = run.error === null ? message : run.error.message
    this.#showSteps(steps, active)
    this.#logs.hidden = logs.length === 0
    this.#logLines.replaceChildren(
      ...logs.map(({ level, timestamp, message: text }) =>
        element('li', { 'data-level': level }, element('time', {}, clockTime(timestamp)), ` ${text}`),
      ),
    )
    if (this.#shownStatus === run.status) return
    this.#shownStatus = run.status
    const found = run.status === 'completed' ? report(run.output) : null
    this.#found.replaceChildren(...(found === null ? [] : [found]))
    const hadFocus = this.#buttons.contains(document.activeElement)
    this.#buttons.replaceChildren(...this.#buttonsFor(run))
    if (hadFocus) this.#buttons.querySelector('button')?.focus()
  }

  #showSteps(steps: LiveRun['steps'], active: LiveRun['active']): void {
    const { scrollTop, clientHeight, scrollHeight } = this.#steps
    // Follows the newest step, unless someone has scrolled back to look at an earlier one.
    const atEnd = scrollTop + clientHeight >= scrollHeight - 1
    this.#steps.replaceChildren(
      ...steps.map(({ name, status, forgotten, attempt, startedAt, finishedAt }) => {
        const took = duration(Date.parse(finishedAt) - Date.parse(startedAt))
        const state = forgotten ? 'forgotten' : status
        return step(name, state, attempt > 1 ? `attempt ${attempt}, ${took}` : took)
      }),
      ...active.map((name) => step(name, 'active', '…')),
    )
    this.#steps.scrollTop = atEnd ? this.#steps.scrollHeight : scrollTop
  }

  #buttonsFor({ id, status }: LiveRun['run']): readonly HTMLButtonElement[] {
    const button = (label: string, act: (runId: string) => void, kind = '') =>
      element('button', { type: 'button', class: kind, click: () => act(id) }, label)
    if (status === 'completed')
      return [button('Run again', this.#actions.again), button('Delete', this.#actions.remove, 'quiet')]
    if (status === 'failed' || status === 'cancelled')
      return [button('Retry', this.#actions.retry), button('Delete', this.#actions.remove, 'quiet')]
    return [button('Cancel', this.#actions.cancel, 'quiet')]
  }
}

function step(name: string, state: string, time: string): HTMLElement {
  return element('li', { 'data-state': state }, element('span', {}, name), element('small', {}, time))
}
