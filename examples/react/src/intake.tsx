import { type DragEvent, useState } from 'react'
import { useApp } from './use-app.ts'

/** Where files are picked or dropped, and the sample is started. */
export function Intake() {
  const { attempt } = useApp()
  const [paceMs, setPaceMs] = useState(250)
  const [isOver, setIsOver] = useState(false)
  const process = (files: FileList | null) => {
    // A copy: the browser empties the list together with the input.
    const picked = [...(files ?? [])]
    if (picked.length > 0) attempt((actions) => actions.process(picked, paceMs))
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    process(event.dataTransfer.files)
  }
  return (
    <section className="intake" aria-label="New runs">
      <div className="picker">
        <input
          type="file"
          id="files"
          multiple
          accept=".csv,text/csv,image/*"
          onChange={({ target }) => {
            process(target.files)
            target.value = ''
          }}
        />
        <label
          className={isOver ? 'drop over' : 'drop'}
          htmlFor="files"
          onDragOver={(event) => {
            event.preventDefault()
            setIsOver(true)
          }}
          onDragLeave={() => setIsOver(false)}
          onDrop={drop}
        >
          <strong>Choose CSV files or images</strong>
          <span>or drop them here</span>
        </label>
      </div>
      <div className="controls">
        <button
          type="button"
          className="primary"
          onClick={() => attempt((actions) => actions.sample(paceMs))}
        >
          Run the sample
        </button>
        <label className="pace" htmlFor="pace">
          Slow down
          <input
            type="range"
            id="pace"
            min={0}
            max={800}
            step={50}
            value={paceMs}
            onChange={({ target }) => setPaceMs(Number(target.value))}
          />
        </label>
      </div>
    </section>
  )
}
