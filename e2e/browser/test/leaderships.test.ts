import { expect, test } from 'vitest'
import { overlaps } from '../src/leaderships.ts'
import type { Noted } from '../src/site.ts'

const became = (tab: string, role: 'leading' | 'standby', clockMs: number): Noted => ({
  kind: 'role',
  tab,
  role,
  clockMs,
  atMs: clockMs,
})

test('two tabs that lead one after the other do not overlap, however the entries arrive', () => {
  expect(
    overlaps([became('two', 'leading', 300), became('one', 'leading', 100), became('one', 'standby', 200)]),
  ).toEqual([])
})

test('a tab that comes to lead while another one does is named', () => {
  expect(
    overlaps([became('one', 'leading', 100), became('two', 'leading', 150), became('one', 'standby', 200)]),
  ).toEqual(['two came to lead while one did'])
})

test('a tab that was ended leads no more', () => {
  const ended: Noted = { kind: 'ended', tab: 'one', clockMs: 120, atMs: 120 }
  expect(overlaps([became('one', 'leading', 100), ended, became('two', 'leading', 150)])).toEqual([])
})
