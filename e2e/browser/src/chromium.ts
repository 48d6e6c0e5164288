import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../config/browser.ts'
import { Cdp } from './cdp.ts'
import { BrowserTab } from './tab.ts'

const START_BUDGET_MS = 30_000

/**
 * A headless Chromium on a profile of its own, driven over a plain debugging connection. Playwright would not do: it keeps every
 * page visible and focused, where a page can be neither hidden nor frozen.
 */
export class Chromium {
  readonly cdp: Cdp
  readonly profile: string
  readonly #process: ChildProcess

  private constructor(cdp: Cdp, profile: string, process: ChildProcess) {
    this.cdp = cdp
    this.profile = profile
    this.#process = process
  }

  /** @param profile an existing one to go on with; default: a new one */
  static async launch(profile: string = createProfile()): Promise<Chromium> {
    const path = chromiumPath()
    if (path === undefined) throw new Error('There is no Chromium. Install it, or name it in CHROMIUM_PATH.')
    const flags = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...CHROMIUM_FLAGS]
    const process = spawn(path, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      return new Chromium(await Cdp.connect(await debuggingUrl(process)), profile, process)
    } catch (error) {
      killProcesses(profile)
      throw error
    }
  }

  /** Opens a tab in front of the others. */
  async open(url: string): Promise<BrowserTab> {
    const { targetId } = await this.cdp.send<{ targetId: string }>('Target.createTarget', { url })
    return BrowserTab.attach(this.cdp, targetId)
  }

  /** Answers the question for persistent storage in place of the user. */
  async grantPersistence(origin: string): Promise<void> {
    const permission = { name: 'persistent-storage' }
    await this.cdp.send('Browser.setPermission', { permission, setting: 'granted', origin })
  }

  /** Ends all of its processes at once, as a power cut would. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    killProcesses(this.profile)
    await gone
    this.cdp.close()
  }

  /** Ends it and removes its profile. */
  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

/** Parts of the files in which a profile keeps its settings. */
export interface ProfileSettings {
  readonly preferences?: object
  readonly localState?: object
}

/** A new profile, removed with the browser that uses it. */
export function createProfile({ preferences = {}, localState = {} }: ProfileSettings = {}): string {
  const profile = mkdtempSync(join(tmpdir(), 'durably-chromium-'))
  mkdirSync(join(profile, 'Default'))
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  writeFileSync(join(profile, 'Local State'), JSON.stringify(localState))
  return profile
}

function debuggingUrl(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Chromium did not start.')), START_BUDGET_MS)
    process.once('exit', (code) => reject(new Error(`Chromium ended with ${code}.`)))
    const lines = createInterface({ input: process.stderr as NodeJS.ReadableStream })
    lines.on('line', (line) => {
      const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

function killProcesses(profile: string): void {
  for (const pid of processesOf(profile)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It was faster.
    }
  }
}

/** By their command line, which names the profile: crashes leave children behind. */
function processesOf(profile: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => commandLine(pid).includes(profile))
    .map(Number)
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
