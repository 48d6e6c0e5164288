/** What happens to a page besides being closed. */
export interface PageLifecycle {
  /** The page is about to be frozen, put aside or left: nothing of it may run for an unknown time. Must act synchronously. */
  pause(): void
  /** The page goes on. */
  resume(): void
}

/** Listens until the returned function is called. Outside of a page, nothing ever happens. */
export function watchPage(page: PageLifecycle): () => void {
  if (typeof document === 'undefined') return () => {}
  const listening = new AbortController()
  const { signal } = listening
  const pause = () => page.pause()
  const resume = () => page.resume()
  document.addEventListener('freeze', pause, { signal })
  document.addEventListener('resume', resume, { signal })
  // A page that is put into the back-forward cache keeps its locks, or loses its place in there.
  addEventListener('pagehide', pause, { signal })
  addEventListener('pageshow', resume, { signal })
  // The net under `resume`: a page that is seen is not frozen.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && resume(), {
    signal,
  })
  return () => listening.abort()
}
