import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../processes/child.ts'
import type { ProducerConfig } from '../programs/producer.ts'
import type { WorkerConfig } from '../programs/worker.ts'
import type { SeededRandom } from '../random.ts'
import type { Site } from '../site.ts'

const MOST_WORKERS = 4
const LONGEST_LIFE_MS = 900
/** How wrong the clock of the workers may become, in either direction. */
const LARGEST_JUMP_MS = 86_400_000

/**
 * Starts one to four workers and a producer, and kills each of them at a random moment; some workers are stopped beyond the end
 * of their leases first and continued, and now and then the wall clock jumps. Answers how many processes were killed.
 */
export async function killRound(site: Site, random: SeededRandom): Promise<number> {
  const workers = Array.from({ length: random.between(1, MOST_WORKERS) }, () => startWorker(site, random))
  const producer = new Child('producer', {
    database: site.database,
    journal: site.journal.path,
    seed: random.between(0, 2 ** 31),
    batchSize: site.batchSize,
    sharedKeys: 40,
  } satisfies ProducerConfig)
  // Fates are drawn before anything is awaited, so that a seed gives the same ones whatever the machine does.
  const fates = [...workers, producer].map((child) => ({
    child,
    lifeMs: random.between(0, LONGEST_LIFE_MS),
    stoppedMs: child !== producer && random.chance(0.2) ? site.staleThreshold + random.between(0, 300) : 0,
  }))
  const jump = random.chance(0.3)
    ? {
        afterMs: random.between(0, LONGEST_LIFE_MS),
        offsetMs: random.between(-LARGEST_JUMP_MS, LARGEST_JUMP_MS),
      }
    : null
  await producer.until('ready')
  await Promise.race(workers.map((worker) => worker.until('ready')))
  const jumped = jump && sleep(jump.afterMs).then(() => site.clock.jump(jump.offsetMs))
  await Promise.all(
    fates.map(async ({ child, lifeMs, stoppedMs }) => {
      await sleep(lifeMs)
      if (stoppedMs > 0) {
        child.signal('SIGSTOP')
        await sleep(stoppedMs)
        child.signal('SIGCONT')
        await sleep(lifeMs)
      }
      await child.kill()
      const [uncaught] = child.all('uncaught')
      if (uncaught) throw new Error(`${child.name}: ${uncaught.message}`)
    }),
  )
  await jumped
  return fates.length
}

function startWorker(site: Site, random: SeededRandom): Child {
  return new Child('worker', {
    database: site.database,
    journal: site.journal.path,
    concurrency: random.between(1, 8),
    heartbeatInterval: site.heartbeatInterval,
    staleThreshold: site.staleThreshold,
    clock: site.clock.path,
  } satisfies WorkerConfig)
}
