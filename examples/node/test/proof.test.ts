import { expect, it } from 'vitest'
import { prove } from '../src/demo/proof.ts'

const RECORDED = new Set(['a', 'b'])

it('accepts bodies that ran once', () => {
  const journal = [
    { stepName: 'a', generation: 1 },
    { stepName: 'b', generation: 1 },
  ]
  expect(prove(journal, [], RECORDED)).toEqual({ recorded: 2, begun: 2, repeated: [], executedTwice: [] })
})

it('tells an interrupted body that ran again from one that ran twice', () => {
  const journal = [
    { stepName: 'a', generation: 1 },
    { stepName: 'b', generation: 1 },
    { stepName: 'b', generation: 2 },
  ]
  const interrupted = prove(journal, [{ recorded: new Set(['a']), begun: 2 }], RECORDED)
  expect(interrupted).toMatchObject({ repeated: ['b'], executedTwice: [] })
  const twice = prove(journal, [{ recorded: new Set(['a', 'b']), begun: 2 }], RECORDED)
  expect(twice).toMatchObject({ repeated: [], executedTwice: ['b'] })
})

it('finds a body that ran twice in one execution', () => {
  const journal = [
    { stepName: 'a', generation: 1 },
    { stepName: 'a', generation: 1 },
  ]
  expect(prove(journal, [], RECORDED)).toMatchObject({ executedTwice: ['a'] })
})
