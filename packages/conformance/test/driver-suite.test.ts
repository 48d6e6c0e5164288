import { kyselyStorage } from '@durably/storage-kysely'
import { describe, expect, it } from 'vitest'
import type { CreateDriver } from '../src/index.ts'
import { driverSuite, modelSuite } from '../src/index.ts'
import { firstFailure } from './collecting-runner.ts'
import { DRIVER_MUTANTS } from './driver-mutants.ts'
import type { PlainConnection } from './plain-driver.ts'
import { plainDriver } from './plain-driver.ts'
import { temporaryFolder } from './temporary-folder.ts'

const runner = { describe, it }

async function create() {
  const { file, dispose } = await temporaryFolder()
  return { driver: plainDriver(file), another: () => plainDriver(file), dispose }
}

driverSuite({ runner, create })
modelSuite({
  runner,
  async create() {
    const { driver, another, dispose } = await create()
    return {
      storage: kyselyStorage({ driver }),
      openAgain: async () => kyselyStorage({ driver: another() }),
      dispose,
    }
  },
})

function broken(Connection: new (file: string) => PlainConnection): CreateDriver {
  return async () => {
    const { file, dispose } = await temporaryFolder()
    const driver = () => ({ ...plainDriver(file), open: async () => new Connection(file) })
    return { driver: driver(), another: driver, dispose }
  }
}

describe('the driver suite fails a driver that', () => {
  for (const [mistake, Connection] of Object.entries(DRIVER_MUTANTS)) {
    it(mistake, async () => {
      expect(
        await firstFailure((runner) => driverSuite({ runner, create: broken(Connection) })),
      ).not.toBeNull()
    })
  }
})
