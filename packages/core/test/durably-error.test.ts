import { describe, expect, it, vi } from 'vitest'
import { DurablyError, isDurablyError } from '../src/index.ts'

describe('DurablyError', () => {
  it('is recognised across two copies of the package, in both directions', async () => {
    vi.resetModules()
    const copy = await import('../src/errors.ts')
    expect(copy.DurablyError).not.toBe(DurablyError)
    const theirs = new copy.DurablyError('NOT_FOUND', 'theirs')
    const ours = new DurablyError('CONFLICT', 'ours')
    expect(theirs).toBeInstanceOf(DurablyError)
    expect(ours instanceof copy.DurablyError).toBe(true)
    expect(isDurablyError(theirs, 'NOT_FOUND')).toBe(true)
    expect(isDurablyError(theirs, 'CONFLICT')).toBe(false)
  })

  it('is not mistaken for anything else', () => {
    for (const other of [new Error('x'), { code: 'CONFLICT' }, null, undefined, 'CONFLICT', () => 1]) {
      expect(other instanceof DurablyError).toBe(false)
      expect(isDurablyError(other)).toBe(false)
    }
  })

  it('says whether repeating may help', () => {
    for (const code of ['STORAGE_BUSY', 'STORAGE_FULL', 'STORAGE_IO'] as const) {
      expect(new DurablyError(code, 'x').retryable).toBe(true)
    }
    for (const code of ['STORAGE_READ_ONLY', 'INPUT_INVALID', 'LEASE_LOST', 'NOT_A_DATABASE'] as const) {
      expect(new DurablyError(code, 'x').retryable).toBe(false)
    }
    expect(new DurablyError('CONFLICT', 'x', { retryable: true }).retryable).toBe(true)
  })

  it('keeps its cause and details', () => {
    const cause = new Error('why')
    const error = new DurablyError('STORAGE_IO', 'x', { cause, details: { path: 'app.db' } })
    expect([error.cause, error.details, error.name]).toEqual([cause, { path: 'app.db' }, 'DurablyError'])
    expect('cause' in new DurablyError('STORAGE_IO', 'x')).toBe(false)
  })
})
