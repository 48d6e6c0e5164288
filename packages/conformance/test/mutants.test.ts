import { MemoryDatabase, memoryStorage } from '@durably/core/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CreateStorage, Runner } from '../src/index.ts'
import { ConformanceError, modelSuite, storageSuite } from '../src/index.ts'
import { turns } from '../src/model/operation.ts'
import { playSequence } from '../src/model/sequence.ts'
import { collect, firstFailure } from './collecting-runner.ts'
import type { Mutant } from './mutants.ts'
import { MUTANTS } from './mutants.ts'

function broken(mutant: Mutant): CreateStorage {
  return async () => {
    const database = new MemoryDatabase()
    const open = () => {
      const storage = memoryStorage({ database })
      return { ...storage, ...mutant.break(storage, database) }
    }
    return { storage: open(), openAgain: async () => open() }
  }
}

describe('the storage suite fails a storage that', () => {
  for (const mutant of MUTANTS) {
    it(mutant.mistake, async () => {
      expect(await firstFailure((runner) => storageSuite({ runner, create: broken(mutant) }))).not.toBeNull()
    })
  }
})

describe('random sequences tell from the model a storage that', () => {
  for (const mutant of MUTANTS.filter((mutant) => !mutant.outsideModel)) {
    it(mutant.mistake, async () => {
      expect(await noticedWithin(100, broken(mutant))).toBe(true)
    })
  }
})

/** Plays sequences until one tells the storage from the model. Without looking for a shorter one, as the suite would. */
async function noticedWithin(sequences: number, create: CreateStorage): Promise<boolean> {
  for (const sequence of fc.sample(turns, { seed: 1, numRuns: sequences })) {
    const { storage } = await create()
    try {
      await playSequence(storage, sequence)
    } catch (error) {
      if (error instanceof ConformanceError) return true
      throw error
    }
  }
  return false
}

it('the suites pass a storage without mistakes', async () => {
  const create = broken({ mistake: 'none', break: () => ({}) })
  const declare = (runner: Runner) => {
    storageSuite({ runner, create })
    modelSuite({ runner, create })
  }
  expect(await firstFailure(declare)).toBeNull()
})

it('what a storage does not declare is reported as skipped', async () => {
  const create = broken({
    mistake: 'none',
    break: (storage) => ({ capabilities: { ...storage.capabilities, shared: false } }),
  })
  const skipped: string[] = []
  for await (const { name, outcome } of collect((runner) => storageSuite({ runner, create }))) {
    if (outcome === 'skipped') skipped.push(name)
  }
  expect(skipped).toContain('storage: claim > no run is taken by two owners')
  expect(skipped).toContain('storage: close > what was stored is there when the database is opened again')
})
