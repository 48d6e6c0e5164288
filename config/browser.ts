import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { chromium } from 'playwright'

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Where the Chromium of the tests is: `CHROMIUM_PATH` first, then the one `playwright install chromium` put in place, then the
 * distribution's. Undefined lets Playwright say what to install.
 */
export function chromiumPath(): string | undefined {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH) return CHROMIUM_PATH
  if (existsSync(chromium.executablePath())) return chromium.executablePath()
  return SYSTEM_BROWSERS.find((path) => existsSync(path))
}

/** What a headless Chromium needs on a machine without a desktop, and what it need not do there. */
export const CHROMIUM_FLAGS: readonly string[] = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/**
 * The browser of vitest's browser mode, with a profile on disk: a private window keeps its files in memory behind another process,
 * where each write is a message. Such a browser runs one test file at a time: say `fileParallelism: false` beside it.
 */
export function chromiumProvider() {
  const path = chromiumPath()
  const profile = mkdtempSync(join(tmpdir(), 'durably-chromium-'))
  process.once('exit', () => rmSync(profile, { recursive: true, force: true }))
  return playwright({
    persistentContext: profile,
    launchOptions: { ...(path ? { executablePath: path } : {}), args: [...CHROMIUM_FLAGS] },
  })
}
