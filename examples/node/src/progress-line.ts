import { styleText } from 'node:util'

/** Narrow enough for a line to fit into 80 columns: a longer one could not be redrawn. */
const WIDTH = 20
/** Without a terminal to redraw, a line is printed whenever another tenth is done. */
const PRINTED_PARTS = 10

/** How far something has come, in one line: redrawn on a terminal, printed now and then into a file or a log. */
export class ProgressLine {
  readonly #label: string
  readonly #stream: NodeJS.WriteStream
  readonly #before: number
  #text = ''
  #printed = -1

  /**
   * @param label stands in front of the bar
   * @param before how much had been done before, from 0 to 1: drawn in another colour
   */
  constructor(label: string, before = 0, stream: NodeJS.WriteStream = process.stdout) {
    this.#label = label
    this.#before = before
    this.#stream = stream
  }

  /** @param note stands where the number of rows would */
  update(
    current: number,
    total: number,
    note = `${format(current).padStart(format(total).length)} rows`,
  ): void {
    const share = total === 0 ? 1 : Math.min(current / total, 1)
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    this.#text = `  ${this.#label}  ${this.#bar(share)} ${percent}  ${note}`
    const part = Math.floor(share * PRINTED_PARTS)
    if (this.#stream.isTTY) this.#stream.write(`\r${this.#text}\x1b[K`)
    else if (part > this.#printed) this.#stream.write(`${this.#text}\n`)
    this.#printed = part
  }

  /** Leaves the line as it is, with a last word behind it. */
  end(word: string): void {
    this.#stream.write(
      this.#stream.isTTY ? `\r${this.#text}  ${word}\x1b[K\n` : `  ${this.#label}  ${word}\n`,
    )
  }

  #bar(share: number): string {
    const full = Math.round(share * WIDTH)
    const old = Math.min(Math.round(this.#before * WIDTH), full)
    const paint = (colour: 'cyan' | 'green' | 'gray', text: string) =>
      styleText(colour, text, { stream: this.#stream })
    return (
      paint('cyan', '▒'.repeat(old)) +
      paint('green', '█'.repeat(full - old)) +
      paint('gray', '░'.repeat(WIDTH - full))
    )
  }
}

/** 9985 as 9,985. */
export function format(count: number): string {
  return count.toLocaleString('en-US')
}
