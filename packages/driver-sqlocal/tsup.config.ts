import { readFile, writeFile } from 'node:fs/promises'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/worker/worker.ts' },
  format: ['esm'],
  splitting: false,
  target: 'es2022',
  dts: true,
  clean: true,
  sourcemap: true,
  // Bundlers look for the worker's path as it is written, and in the package it lies elsewhere than among the sources.
  async onSuccess() {
    const built = await readFile('dist/index.js', 'utf8')
    const moved = built.replace('./worker/worker.ts', './worker.js')
    if (moved === built) throw new Error('dist/index.js does not name the worker.')
    await writeFile('dist/index.js', moved)
  },
})
