import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

// The package names no path of its own for data files, so the way goes by its entry, `build/index.js`.
const entry = createRequire(import.meta.url).resolve('vega-datasets')

/** The data this example imports when it is given no file. */
export const BIRD_STRIKES = {
  file: fileURLToPath(new URL('../data/birdstrikes.csv', pathToFileURL(entry))),
  title: 'reports of aircraft hitting wildlife, 1990 to 2002',
  source: 'FAA Wildlife Strike Database (wildlife.faa.gov), from the npm package vega-datasets',
  licence: 'U.S. Government data set (resources.data.gov/open-licenses)',
}
