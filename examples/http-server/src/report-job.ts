import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from '@durably/core'
import { z } from 'zod'

/** Stands in for the query a section would be made of. */
const SECTION_MS = 100

/**
 * Writes a report, a section a step, and puts it into a folder. A missing folder fails the run; a retry then has only the last
 * step left to do.
 */
export function reportJob(outbox: string) {
  return defineJob(
    {
      name: 'report',
      input: z.object({
        title: z.string().trim().min(1).max(80),
        sections: z.int().min(1).max(100).default(5),
      }),
    },
    async (step, { title, sections }) => {
      const texts: string[] = []
      for (let number = 1; number <= sections; number++) {
        const text = await step.run(`section ${number}`, async ({ signal }) => {
          await sleep(SECTION_MS, undefined, { signal })
          return `## ${number}. Written by process ${process.pid}`
        })
        texts.push(text)
        step.setProgress({ current: number, total: sections })
      }
      return step.run('publish', async () => {
        // Named after the run: the file is the same, however often this body runs.
        const file = join(outbox, `${step.runId}.md`)
        await writeFile(file, `# ${title}\n\n${texts.join('\n\n')}\n`)
        return { file }
      })
    },
  )
}
