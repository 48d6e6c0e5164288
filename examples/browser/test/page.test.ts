import { afterEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { type Mounted, mount } from '../src/mount.ts'

const opened: { readonly root: HTMLElement; readonly page: Mounted }[] = []

/** Opens the page as another tab does, or as the same one after a reload. */
async function openPage(databasePath: string) {
  const root = document.createElement('main')
  document.body.append(root)
  const page = await mount(root, databasePath)
  opened.push({ root, page })
  const button = (label: string) => {
    const found = [...root.querySelectorAll('button')].find(({ textContent }) => textContent === label)
    if (found === undefined) throw new Error(`There is no button "${label}".`)
    return found
  }
  return {
    root,
    button,
    press: (label: string) => button(label).click(),
    fast() {
      const pace = root.querySelector<HTMLInputElement>('#pace')
      if (pace) pace.value = '0'
    },
    cards: () => [...root.querySelectorAll<HTMLElement>('.run')],
    status: () => root.querySelector<HTMLElement>('.run')?.dataset['status'] ?? null,
    steps: () => root.querySelectorAll('.steps [data-state="completed"]').length,
    close: () => page.close(),
  }
}

function newPath(): string {
  return `page-${crypto.randomUUID()}.db`
}

afterEach(async () => {
  for (const { root, page } of opened.splice(0)) {
    await page.close()
    root.remove()
  }
})

test('the sample is summarised: rows counted, bad ones left out and logged', async () => {
  const page = await openPage(newPath())
  page.fast()
  page.press('Run the sample')
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  expect(page.root.querySelector('.report')?.textContent).toContain('6,000 rows, 6 left out')
  await expect.poll(() => page.root.querySelectorAll('.logs [data-level="warn"]').length).toBe(6)
  expect(page.steps()).toBe(25)
})

test('a picked image gets a thumbnail and its colours', async () => {
  const page = await openPage(newPath())
  page.fast()
  const canvas = new OffscreenCanvas(300, 200)
  const context = canvas.getContext('2d')
  if (context) {
    context.fillStyle = 'rgb(200 40 40)'
    context.fillRect(0, 0, 300, 200)
  }
  const files = new DataTransfer()
  files.items.add(new File([await canvas.convertToBlob()], 'red.png', { type: 'image/png' }))
  const input = page.root.querySelector<HTMLInputElement>('#files')
  if (input === null) throw new Error('There is no input for files.')
  input.files = files.files
  input.dispatchEvent(new Event('change'))
  await expect.poll(page.status, { timeout: 20_000 }).toBe('completed')
  expect(page.root.querySelector('.report')?.textContent).toContain('300 × 200 pixels')
  expect(page.root.querySelector<HTMLElement>('.swatch')?.style.background).toBe('rgb(208, 48, 48)')
})

test('after a reload in the middle the run goes on, and recorded steps stay as they are', async () => {
  const path = newPath()
  const before = await openPage(path)
  before.press('Run the sample')
  await expect.poll(before.steps, { timeout: 20_000 }).toBeGreaterThan(2)
  await before.close()
  const recorded = before.steps()
  const after = await openPage(path)
  await expect.poll(after.status, { timeout: 20_000 }).toBe('completed')
  expect(recorded).toBeLessThan(25)
  expect(after.steps()).toBe(25)
  expect(after.root.querySelector('.facts')?.textContent).toContain('continued 1 time')
})

test('a second tab shows the same live, and says that another one works', async () => {
  const path = newPath()
  const first = await openPage(path)
  await expect.poll(() => first.root.querySelector('.role')?.textContent).toBe('This tab does the work')
  const second = await openPage(path)
  await expect.poll(() => second.root.querySelector('.role')?.textContent).toBe('Another tab does the work')
  await expect.poll(() => second.root.querySelector('.tabs')?.textContent).toBe('2 tabs')
  second.fast()
  second.press('Run the sample')
  await expect.poll(second.status, { timeout: 20_000 }).toBe('completed')
  await expect.poll(first.status).toBe('completed')
})

test('a run is started, cancelled, retried and deleted by keyboard, and focus stays with it', async () => {
  const page = await openPage(newPath())
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
  await expect.poll(() => page.cards().length).toBe(0)
  expect(document.activeElement).toBe(page.root.querySelector('.runs'))
  expect(page.root.querySelector<HTMLElement>('.empty')?.hidden).toBe(false)
})

test('what fails is told in the page', async () => {
  const page = await openPage(newPath())
  const files = new DataTransfer()
  files.items.add(new File(['only,a,header'], 'empty.csv', { type: 'text/csv' }))
  const input = page.root.querySelector<HTMLInputElement>('#files')
  if (input === null) throw new Error('There is no input for files.')
  input.files = files.files
  input.dispatchEvent(new Event('change'))
  await expect.poll(page.status, { timeout: 20_000 }).toBe('failed')
  expect(page.root.querySelector('.message')?.textContent).toContain('no rows below its header')
})
