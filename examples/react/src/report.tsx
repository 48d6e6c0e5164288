import type { ColumnSummary } from '@durably/example-browser/jobs/column-summary.ts'
import type { ImageReport } from '@durably/example-browser/jobs/inspect-image.ts'
import type { CsvSummary } from '@durably/example-browser/jobs/summarise-csv.ts'
import { decimal } from '@durably/example-browser/view/format.ts'

/** What a completed run has found. */
export function Report({ output }: { readonly output: unknown }) {
  const { kind } = Object(output) as { kind?: unknown }
  if (kind === 'csv') return <CsvReport {...(output as CsvSummary)} />
  if (kind === 'image') return <PictureReport {...(output as ImageReport)} />
  return null
}

function CsvReport({ rows, badRows, columns }: CsvSummary) {
  return (
    <div className="report">
      <p>
        {rows.toLocaleString('en')} rows, {badRows} left out
      </p>
      <div className="table">
        <table>
          <thead>
            <tr>
              {['Column', 'Filled', 'Least', 'Most', 'Mean'].map((title) => (
                <th key={title}>{title}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <Column key={column.name} {...column} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function Column({ name, filled, numbers, least, most, sum }: ColumnSummary) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{filled.toLocaleString('en')}</td>
      <td>{least === null ? '–' : decimal(least)}</td>
      <td>{most === null ? '–' : decimal(most)}</td>
      <td>{numbers === 0 ? '–' : decimal(sum / numbers)}</td>
    </tr>
  )
}

function PictureReport({ width, height, thumbnail, colours }: ImageReport) {
  return (
    <div className="report image">
      <img src={thumbnail} alt="Thumbnail" />
      <div>
        <p>
          {width} × {height} pixels
        </p>
        <div className="swatches">
          {colours.map((colour) => (
            <span key={colour} className="swatch" title={colour} style={{ background: colour }} />
          ))}
        </div>
      </div>
    </div>
  )
}
