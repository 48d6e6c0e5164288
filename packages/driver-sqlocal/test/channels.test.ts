import type { TabRole } from '@durably/driver-sqlocal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Letter, TabChannel } from '../src/tab/tab-channel.ts'
import { demotionChannel } from '../src/worker/protocol.ts'
import { newDatabasePath, newStorage } from './database.ts'
import { holdFiles } from './held-files.ts'
import { RiggedWorker } from './rigged/rigged-worker.ts'

test('a worker that tries again and again to open a file listens for demotions once', async () => {
  const databasePath = newDatabasePath()
  const first = newStorage({ databasePath })
  await first.migrate()
  await first.close()
  const release = await holdFiles(databasePath)
  const host = new RiggedWorker()
  const migrated = newStorage({ databasePath, worker: host.make }).migrate()
  await vi.waitFor(() => expect(host.failures).toBeGreaterThan(2), { timeout: 10_000 })
  release()
  await migrated
  const channel = demotionChannel(databasePath)
  channel.close()
  expect(host.channels.filter((name) => name === channel.name)).toHaveLength(1)
})

test('whatever a database is called, what its tabs say does not end the worker of another', async () => {
  const databasePath = newDatabasePath()
  const storage = newStorage({ databasePath })
  await storage.migrate()
  const roles: TabRole[] = []
  storage.onRoleChange((role) => roles.push(role))
  for (const prefix of ['demote:', 'demotion:'])
    await newStorage({ databasePath: prefix + databasePath }).migrate()
  // Answered by the worker, which has heard before what was said.
  await storage.info()
  expect(roles).toEqual([])
})

test('whatever a database is called, what is said to all of its tabs is no letter to a tab of another', async () => {
  const databasePath = newDatabasePath()
  const letters: Letter[] = []
  const open = (name: string, self: string) => {
    const channel = new TabChannel(name, self, {
      announced: () => {},
      received: (letter) => void letters.push(letter),
    })
    onTestFinished(() => channel.close())
    return channel
  }
  open(databasePath, 'addressee')
  open(`${databasePath}:addressee`, 'neighbour').announce({ type: 'hello' })
  open(databasePath, 'sender').send('addressee', { type: 'refused', id: 1 })
  await vi.waitFor(() => expect(letters).toEqual([{ type: 'refused', id: 1 }]), { timeout: 10_000 })
})
