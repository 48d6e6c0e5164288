import { describe, expect, it } from 'vitest'
import { type Duration, toMilliseconds } from '../src/duration.ts'

describe('toMilliseconds', () => {
  it.each([
    [0, 0],
    [1.4, 1],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
  ] as const)('reads %s', (given, expected) => {
    expect(toMilliseconds(given, 'delay')).toBe(expected)
  })

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '5w',
    '1e3s',
    null,
    undefined,
    {},
  ])('refuses %s and names the option', (given) => {
    expect(() => toMilliseconds(given as Duration, 'delay')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining('"delay"') }),
    )
  })
})
