/**
 * Calls the function whenever the page is hidden, now included, until the returned function is called: the browser slows the
 * timers of a hidden page down, to one a second at first and to one a minute after five minutes.
 */
export function whenHidden(run: () => void): () => void {
  if (typeof document === 'undefined') return () => {}
  const listening = new AbortController()
  const look = () => {
    if (document.visibilityState === 'hidden') run()
  }
  document.addEventListener('visibilitychange', look, { signal: listening.signal })
  look()
  return () => listening.abort()
}
