import { describe, expect, it } from 'vitest'
import {
  canTransition,
  isTerminal,
  RUN_STATUSES,
  TERMINAL_STATUSES,
  TRANSITIONS,
  type Transition,
} from '../src/index.ts'

const names = Object.keys(TRANSITIONS) as Transition[]

describe('the lifecycle of a run', () => {
  it('leads to every state', () => {
    const reached = new Set<string>(['pending', ...names.map((name) => TRANSITIONS[name].to)])
    expect([...reached].toSorted()).toEqual([...RUN_STATUSES].toSorted())
  })

  it('leaves an end by retry alone, and completed never', () => {
    for (const status of TERMINAL_STATUSES) {
      const ways = names.filter((name) => canTransition(name, status))
      expect(ways).toEqual(status === 'completed' ? [] : ['retry'])
    }
  })

  it('lets every state that is no end be cancelled', () => {
    for (const status of RUN_STATUSES) expect(canTransition('cancel', status)).toBe(!isTerminal(status))
  })

  it('executes only what was claimed or taken over', () => {
    expect(names.filter((name) => TRANSITIONS[name].to === 'running')).toEqual(['claim', 'recover'])
  })
})
