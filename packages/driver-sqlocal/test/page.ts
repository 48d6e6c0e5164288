/**
 * What the browser tells a page before nothing of it runs any more: the driver ends its worker on the spot, which writes nothing
 * after that.
 */
export function freezePage(): void {
  document.dispatchEvent(new Event('freeze'))
}

/** The page goes on, and stands for election again. */
export function resumePage(): void {
  document.dispatchEvent(new Event('resume'))
}
