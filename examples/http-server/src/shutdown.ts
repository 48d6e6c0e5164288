/** Closes once when the process is asked to end; it then ends by itself, since nothing keeps it alive any more. */
export function closeOnSignal(close: () => Promise<void>): void {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const shutDown = (signal: NodeJS.Signals) => {
    // A second signal ends the process at once, as if nobody had listened.
    for (const name of signals) process.off(name, shutDown)
    console.log(`${signal}: closing`)
    close().then(
      () => console.log('closed'),
      (error: unknown) => {
        console.error(error)
        process.exitCode = 1
      },
    )
  }
  for (const name of signals) process.on(name, shutDown)
}
