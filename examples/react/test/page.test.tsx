import { StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, expect, test } from 'vitest'
import { type App, createApp } from '../src/app.ts'
import { Page } from '../src/page.tsx'
import { AppContext } from '../src/use-app.ts'

const mounted: { readonly element: HTMLElement; readonly root: Root; readonly app: App }[] = []

function open(databasePath: string) {
  const app = createApp(databasePath)
  const element = document.createElement('div')
  document.body.append(element)
  const root = createRoot(element)
  const render = () =>
    root.render(
      <StrictMode>
        <AppContext value={app}>
          <Page />
        </AppContext>
      </StrictMode>,
    )
  render()
  mounted.push({ element, root, app })
  const press = (label: string) =>
    [...element.querySelectorAll('button')].find(({ textContent }) => textContent === label)?.click()
  return {
    app,
    element,
    press,
    status: () => element.querySelector('.run')?.getAttribute('data-status') ?? null,
  }
}

async function close() {
  for (const { element, root, app } of mounted.splice(0)) {
    root.unmount()
    element.remove()
    await app.durably.close({ timeout: 0 })
  }
}

afterEach(close)

test('an order is placed in the form and packed, once, although StrictMode mounts twice', async () => {
  const page = open(`react-${crypto.randomUUID()}.db`)
  await page.app.started
  await expect.poll(() => page.element.querySelector('.role')?.textContent).toBe('This tab does the work')
  page.press('Place an order')
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  await expect.poll(() => page.element.querySelector('.run p')?.textContent).toBe('Parcel for Ada, 8 items')
  expect(await page.app.durably.getRuns()).toHaveLength(1)
})

test('after a reload the order goes on, and no item is packed again', async () => {
  const path = `react-${crypto.randomUUID()}.db`
  const before = open(path)
  await before.app.started
  const run = await before.app.durably.jobs.packOrder.trigger({ customer: 'Grace', items: 4, paceMs: 150 })
  await expect.poll(async () => (await before.app.durably.getSteps(run.id)).length).toBeGreaterThan(1)
  await close()
  const after = open(path)
  await after.app.started
  await expect.poll(after.status, { timeout: 20_000 }).toBe('completed')
  const steps = await after.app.durably.getSteps(run.id)
  expect(steps.map(({ name }) => name)).toEqual([
    'pack item 1',
    'pack item 2',
    'pack item 3',
    'pack item 4',
    'label',
  ])
  expect(steps[0]?.generation).toBe(1)
})

test('an order is cancelled, retried and deleted', async () => {
  const page = open(`react-${crypto.randomUUID()}.db`)
  await page.app.started
  page.press('Place an order')
  await expect.poll(page.status).toBe('running')
  page.press('Cancel')
  await expect.poll(page.status).toBe('cancelled')
  page.press('Retry')
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  page.press('Delete')
  await expect.poll(page.status).toBe(null)
})
