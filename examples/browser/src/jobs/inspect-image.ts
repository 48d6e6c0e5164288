import { defineJob } from '@durably/core'
import { pause } from './pause.ts'
import type { ReadSource } from './source.ts'
import { taskSchema } from './task-schema.ts'

const THUMBNAIL_PX = 160
const SAMPLE_PX = 48
/** Colours that differ by less are one: three bits a channel. */
const COLOUR_STEP = 32

/** What is known about an image. */
export interface ImageReport {
  readonly kind: 'image'
  readonly width: number
  readonly height: number
  /** A small picture as a data address. */
  readonly thumbnail: string
  /** The most frequent colours, most frequent first. */
  readonly colours: readonly string[]
}

/** Measures an image, makes a thumbnail of it, and finds its colours: one step each. */
export function inspectImage(readSource: ReadSource) {
  return defineJob({ name: 'inspect-image', input: taskSchema }, async (step, { source, paceMs }) => {
    const decode = async () => createImageBitmap(await readSource(source.hash))
    const done = (current: number, message: string) => step.setProgress({ current, total: 3, message })

    const { width, height } = await step.run('measure', async ({ signal, log }) => {
      await pause(paceMs, signal)
      const image = await decode()
      const { width, height } = image
      image.close()
      log.info(`${source.name}: ${width} × ${height} pixels`)
      return { width, height }
    })
    done(1, 'Measured')

    const thumbnail = await step.run('thumbnail', async ({ signal }) => {
      await pause(paceMs, signal)
      const canvas = draw(await decode(), THUMBNAIL_PX)
      return dataAddress(await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 }))
    })
    done(2, 'Thumbnail made')

    const colours = await step.run('colours', async ({ signal }) => {
      await pause(paceMs, signal)
      return frequentColours(draw(await decode(), SAMPLE_PX))
    })
    done(3, 'Colours found')
    return { kind: 'image', width, height, thumbnail, colours } satisfies ImageReport
  })
}

function draw(image: ImageBitmap, longestPx: number): OffscreenCanvas {
  const scale = Math.min(longestPx / Math.max(image.width, image.height), 1)
  const canvas = new OffscreenCanvas(
    Math.max(Math.round(image.width * scale), 1),
    Math.max(Math.round(image.height * scale), 1),
  )
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  return canvas
}

async function dataAddress(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  return `data:${blob.type};base64,${btoa(String.fromCharCode(...bytes))}`
}

function frequentColours(canvas: OffscreenCanvas): string[] {
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
  const counts = new Map<string, number>()
  for (let index = 0; index < pixels.length; index += 4) {
    const channels = [0, 1, 2].map((channel) => {
      const step = Math.floor((pixels[index + channel] ?? 0) / COLOUR_STEP)
      return step * COLOUR_STEP + COLOUR_STEP / 2
    })
    const colour = `rgb(${channels.join(' ')})`
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const byCount = [...counts].sort(([, one], [, other]) => other - one)
  return byCount.slice(0, 5).map(([colour]) => colour)
}
