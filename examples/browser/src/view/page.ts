import type { LiveRun } from '../live-runs.ts'
import type { StorageState } from '../live-storage.ts'
import { element } from './element.ts'
import { type RunActions, RunCard } from './run-card.ts'
import { ROLES, storageText, tabsText } from './words.ts'

/** What a person can do on the page. */
export interface PageActions extends RunActions {
  process(files: readonly File[], paceMs: number): void
  sample(paceMs: number): void
  download(): void
}

/** The page: a place for files, the list of runs, and what is known about the storage. */
export class Page {
  readonly #actions: PageActions
  readonly #cards = new Map<string, RunCard>()
  readonly #role = element('p', { class: 'role', role: 'status' })
  readonly #tabs = element('span', { class: 'tabs' })
  readonly #notice = element('p', { class: 'notice', role: 'alert', hidden: true })
  readonly #list = element('div', { class: 'runs', tabindex: -1 })
  readonly #empty = element(
    'p',
    { class: 'empty' },
    'No runs yet. Start with the sample, then reload in the middle.',
  )
  readonly #storage = element('p')
  readonly #pace = element('input', { type: 'range', id: 'pace', min: 0, max: 800, step: 50, value: 250 })

  constructor(root: HTMLElement, actions: PageActions) {
    this.#actions = actions
    root.replaceChildren(this.#header(), this.#notice, this.#intake(), this.#runs(), this.#footer())
  }

  showRuns(runs: readonly LiveRun[]): void {
    const ids = new Set(runs.map(({ run }) => run.id))
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue
      // Whoever deleted it by keyboard goes on from the list, not from the top of the page.
      if (card.element.contains(document.activeElement)) this.#list.focus()
      card.element.remove()
      this.#cards.delete(id)
    }
    for (const [index, live] of runs.entries()) {
      const card = this.#cardOf(live.run.id)
      card.show(live)
      // Moved only when it stands elsewhere: a moved element loses focus.
      if (this.#list.children[index] !== card.element)
        this.#list.insertBefore(card.element, this.#list.children[index] ?? null)
    }
    this.#empty.hidden = runs.length > 0
  }

  showStorage({ role, info }: StorageState): void {
    this.#role.textContent = ROLES[role]
    this.#role.dataset['role'] = role
    if (info === null) return
    this.#storage.textContent = storageText(info)
    this.#tabs.textContent = tabsText(info)
  }

  /** Tells of something that went wrong; null: nothing any more. */
  showNotice(text: string | null): void {
    this.#notice.textContent = text
    this.#notice.hidden = text === null
  }

  #cardOf(runId: string): RunCard {
    let card = this.#cards.get(runId)
    if (card === undefined) {
      card = new RunCard(this.#actions)
      this.#cards.set(runId, card)
    }
    return card
  }

  #header(): HTMLElement {
    return element(
      'header',
      { class: 'top' },
      element(
        'div',
        {},
        element('h1', {}, 'Work that survives'),
        element('div', { class: 'badges' }, this.#role, this.#tabs),
      ),
      element(
        'p',
        { class: 'lead' },
        'Files are processed here, in steps that are recorded in SQLite. Reload, close the tab or open a second one: it goes on where it was.',
      ),
    )
  }

  #intake(): HTMLElement {
    const input = element('input', {
      type: 'file',
      id: 'files',
      multiple: true,
      accept: '.csv,text/csv,image/*',
      change: () => {
        this.#process(input.files)
        input.value = ''
      },
    })
    const zone = element(
      'label',
      {
        class: 'drop',
        for: 'files',
        dragover: (event) => {
          event.preventDefault()
          zone.classList.add('over')
        },
        dragleave: () => zone.classList.remove('over'),
        drop: (event) => {
          event.preventDefault()
          zone.classList.remove('over')
          this.#process((event as DragEvent).dataTransfer?.files ?? null)
        },
      },
      element('strong', {}, 'Choose CSV files or images'),
      element('span', {}, 'or drop them here'),
    )
    return element(
      'section',
      { class: 'intake', 'aria-label': 'New runs' },
      element('div', { class: 'picker' }, input, zone),
      element(
        'div',
        { class: 'controls' },
        element(
          'button',
          { type: 'button', class: 'primary', click: () => this.#actions.sample(this.#paceMs) },
          'Run the sample',
        ),
        element('label', { class: 'pace', for: 'pace' }, 'Slow down', this.#pace),
      ),
    )
  }

  #runs(): HTMLElement {
    return element('section', { 'aria-label': 'Runs' }, element('h2', {}, 'Runs'), this.#empty, this.#list)
  }

  #footer(): HTMLElement {
    return element(
      'footer',
      {},
      this.#storage,
      element(
        'button',
        { type: 'button', class: 'quiet', click: () => this.#actions.download() },
        'Download the database',
      ),
    )
  }

  #process(files: FileList | null): void {
    if (files !== null && files.length > 0) this.#actions.process([...files], this.#paceMs)
  }

  get #paceMs(): number {
    return Number(this.#pace.value)
  }
}
