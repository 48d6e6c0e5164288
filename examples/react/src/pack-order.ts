import { defineJob, type StandardSchema } from '@durably/core'

/** What a run is asked to do. */
export interface Order {
  readonly customer: string
  readonly items: number
  /** Slows each step down, so that a person can watch, and reload in the middle. */
  readonly paceMs: number
}

const order: StandardSchema<Order> = {
  '~standard': { version: 1, vendor: 'example', validate: (value) => ({ value: value as Order }) },
}

/** Packs an order item by item; every item is packed once, however often the page is reloaded. */
export const packOrder = defineJob(
  { name: 'pack-order', input: order },
  async (step, { customer, items, paceMs }) => {
    for (let item = 1; item <= items; item++) {
      await step.run(`pack item ${item}`, ({ signal }) => pause(paceMs, signal))
      step.setProgress({ current: item, total: items, message: `${item} of ${items} packed` })
    }
    return step.run('label', () => `Parcel for ${customer}, ${items} items`)
  },
)

function pause(
  durationMs: number,
  signal: { addEventListener(type: 'abort', run: () => void): void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('Interrupted.'))
    })
  })
}
