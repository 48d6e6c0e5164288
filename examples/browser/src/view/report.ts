import type { ImageReport } from '../jobs/inspect-image.ts'
import type { CsvSummary } from '../jobs/summarise-csv.ts'
import { element } from './element.ts'
import { decimal } from './format.ts'

/** What a completed run has found. */
export function report(output: unknown): HTMLElement | null {
  const { kind } = Object(output) as { kind?: unknown }
  if (kind === 'csv') return csvReport(output as CsvSummary)
  if (kind === 'image') return imageReport(output as ImageReport)
  return null
}

function csvReport({ rows, badRows, columns }: CsvSummary): HTMLElement {
  const cells = (tag: 'td' | 'th', texts: readonly string[]) =>
    element(
      'tr',
      {},
      ...texts.map((text, index) =>
        element(index === 0 ? 'th' : tag, index === 0 && tag === 'td' ? { scope: 'row' } : {}, text),
      ),
    )
  return element(
    'div',
    { class: 'report' },
    element('p', {}, `${rows.toLocaleString('en')} rows, ${badRows} left out`),
    element(
      'div',
      { class: 'table' },
      element(
        'table',
        {},
        element('thead', {}, cells('th', ['Column', 'Filled', 'Least', 'Most', 'Mean'])),
        element(
          'tbody',
          {},
          ...columns.map(({ name, filled, numbers, least, most, sum }) =>
            cells('td', [
              name,
              filled.toLocaleString('en'),
              least === null ? '–' : decimal(least),
              most === null ? '–' : decimal(most),
              numbers === 0 ? '–' : decimal(sum / numbers),
            ]),
          ),
        ),
      ),
    ),
  )
}

function imageReport({ width, height, thumbnail, colours }: ImageReport): HTMLElement {
  const swatches = colours.map((colour) => {
    const swatch = element('span', { class: 'swatch', title: colour })
    swatch.style.background = colour
    return swatch
  })
  return element(
    'div',
    { class: 'report image' },
    element('img', { src: thumbnail, alt: 'Thumbnail' }),
    element(
      'div',
      {},
      element('p', {}, `${width} × ${height} pixels`),
      element('div', { class: 'swatches' }, ...swatches),
    ),
  )
}
