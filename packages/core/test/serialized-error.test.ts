import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DurablyError } from '../src/index.ts'
import { serializeError } from '../src/run/serialized-error.ts'

describe('serializeError', () => {
  it('never throws, and what it answers is JSON of bounded size', () => {
    void fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (thrown) => {
          const error = serializeError(thrown)
          expect(JSON.parse(JSON.stringify(error))).toEqual(error)
          expect(typeof error.name).toBe('string')
          expect(typeof error.message).toBe('string')
        },
      ),
    )
  })

  it('survives errors whose members throw', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('getter')
      },
    })
    expect(serializeError(hostile).name).toBe('Error')
  })

  it('cuts long messages and stacks', () => {
    const error = Object.assign(new Error('m'.repeat(100_000)), { stack: 's'.repeat(100_000) })
    expect(JSON.stringify(serializeError(error)).length).toBeLessThan(30_000)
  })

  it('keeps code and data where they are plain, and leaves them out where they are not', () => {
    const good = Object.assign(new Error('x'), { code: 7, data: { a: [1] } })
    expect(serializeError(good)).toMatchObject({ code: 7, data: { a: [1] } })
    const bad = Object.assign(new Error('x'), { code: { deep: 1 }, data: { at: new Date() } })
    expect(serializeError(bad)).not.toHaveProperty('code')
    expect(serializeError(bad)).not.toHaveProperty('data')
  })

  it("shows a Durably error's details as its data", () => {
    const error = new DurablyError('LIMIT_EXCEEDED', 'too much', { details: { limit: 1 } })
    expect(serializeError(error)).toMatchObject({
      name: 'DurablyError',
      code: 'LIMIT_EXCEEDED',
      data: { limit: 1 },
    })
  })

  it('names the step, unless the error names one already', () => {
    expect(serializeError(new Error('x'), 'outer').stepName).toBe('outer')
    expect(serializeError(Object.assign(new Error('x'), { stepName: 'inner' }), 'outer').stepName).toBe(
      'inner',
    )
  })
})
