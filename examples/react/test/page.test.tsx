import { type App, createApp } from '@durably/example-browser/app.ts'
import '@durably/example-browser/style.css'
import { StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { AppProvider } from '../src/app-provider.tsx'
import { Page } from '../src/page.tsx'

const mounted: { readonly element: HTMLElement; readonly root: Root; readonly app: App }[] = []

/** Opens the page as another tab does, or as the same one after a reload. */
function openPage(databasePath: string) {
  const app = createApp(databasePath)
  const element = document.createElement('div')
  document.body.append(element)
  const root = createRoot(element)
  root.render(
    <StrictMode>
      <AppProvider app={app}>
        <Page />
      </AppProvider>
    </StrictMode>,
  )
  mounted.push({ element, root, app })
  const button = (label: string) => {
    const found = [...element.querySelectorAll('button')].find(({ textContent }) => textContent === label)
    if (found === undefined) throw new Error(`There is no button "${label}".`)
    return found
  }
  const shown = (selector: string) => element.querySelector<HTMLElement>(selector)
  return {
    app,
    element,
    button,
    shown,
    press: async (label: string) => {
      await expect.poll(() => element.querySelectorAll('button').length).toBeGreaterThan(1)
      button(label).click()
    },
    status: () => shown('.run')?.dataset['status'] ?? null,
    role: () => shown('.role')?.textContent ?? null,
    steps: () => element.querySelectorAll('.steps [data-state="completed"]').length,
    async fast() {
      await expect.poll(() => shown('#pace')).not.toBeNull()
      await userEvent.fill(shown('#pace') as HTMLElement, '0')
    },
    async pick(file: File) {
      await expect.poll(() => shown('#files')).not.toBeNull()
      await userEvent.upload(shown('#files') as HTMLElement, file)
    },
  }
}

async function closeAll() {
  for (const { element, root, app } of mounted.splice(0)) {
    root.unmount()
    element.remove()
    await app.close()
  }
}

function newPath(): string {
  return `react-${crypto.randomUUID()}.db`
}

afterEach(closeAll)

test('the sample is summarised once, with its steps and logs, although StrictMode mounts twice', async () => {
  const page = openPage(newPath())
  await page.fast()
  await page.press('Run the sample')
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  expect(page.shown('.report')?.textContent).toContain('6,000 rows, 6 left out')
  await expect.poll(() => page.element.querySelectorAll('.logs [data-level="warn"]').length).toBe(6)
  expect(page.steps()).toBe(25)
  expect(await page.app.durably.getRuns()).toHaveLength(1)
})

test('a picked image gets a thumbnail and its colours', async () => {
  const page = openPage(newPath())
  const canvas = new OffscreenCanvas(300, 200)
  const context = canvas.getContext('2d')
  if (context) {
    context.fillStyle = 'rgb(200 40 40)'
    context.fillRect(0, 0, 300, 200)
  }
  await page.pick(new File([await canvas.convertToBlob()], 'red.png', { type: 'image/png' }))
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  expect(page.shown('.report')?.textContent).toContain('300 × 200 pixels')
  expect(page.shown('.swatch')?.style.background).toBe('rgb(208, 48, 48)')
})

test('after a reload in the middle the run goes on, and recorded steps stay as they are', async () => {
  const path = newPath()
  const before = openPage(path)
  await before.press('Run the sample')
  await expect.poll(before.steps, { timeout: 20_000 }).toBeGreaterThan(2)
  await closeAll()
  const after = openPage(path)
  await expect.poll(after.status, { timeout: 20_000 }).toBe('completed')
  expect(after.steps()).toBe(25)
  expect(after.shown('.facts')?.textContent).toContain('continued 1 time')
})

test('a second tab shows the same live, and says that another one works', async () => {
  const path = newPath()
  const first = openPage(path)
  await expect.poll(first.role).toBe('This tab does the work')
  const second = openPage(path)
  await expect.poll(second.role).toBe('Another tab does the work')
  await expect.poll(() => second.shown('.tabs')?.textContent).toBe('2 tabs')
  await second.fast()
  await second.press('Run the sample')
  await expect.poll(second.status, { timeout: 20_000 }).toBe('completed')
  await expect.poll(first.status).toBe('completed')
})

test('a run is started, cancelled, retried and deleted by keyboard, and focus stays with it', async () => {
  const page = openPage(newPath())
  await expect.poll(page.role).toBe('This tab does the work')
  page.button('Run the sample').focus()
  await userEvent.keyboard('{Enter}')
  await expect.poll(page.steps, { timeout: 20_000 }).toBeGreaterThan(0)
  page.button('Cancel').focus()
  await userEvent.keyboard('{Enter}')
  await expect.poll(page.status).toBe('cancelled')
  expect(document.activeElement).toBe(page.button('Retry'))
  await userEvent.keyboard('{Enter}')
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  expect(document.activeElement).toBe(page.button('Run again'))
  await userEvent.keyboard('{Tab}')
  expect(document.activeElement).toBe(page.button('Delete'))
  await userEvent.keyboard('{Enter}')
  await expect.poll(page.status).toBe(null)
  expect(document.activeElement).toBe(page.shown('.runs'))
})

test('what fails is told in the page', async () => {
  const page = openPage(newPath())
  await page.pick(new File(['only,a,header'], 'empty.csv', { type: 'text/csv' }))
  await expect.poll(page.status, { timeout: 20_000 }).toBe('failed')
  expect(page.shown('.message')?.textContent).toContain('no rows below its header')
})
