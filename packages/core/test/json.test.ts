import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDurablyError } from '../src/index.ts'
import { parse, sameJson, serialize } from '../src/json.ts'

const LIMITS = { maxLength: 1_000, maxDepth: 5, option: 'limits.inputLength' }

function refusal(value: unknown, limits = LIMITS) {
  try {
    serialize(value, 'value', limits)
  } catch (error) {
    if (isDurablyError(error))
      return { code: error.code, path: error.details['path'], message: error.message }
    throw error
  }
  return 'accepted'
}

/** Such a key is refused; the cases below say so. */
function changesNoPrototype(value: unknown): boolean {
  return !JSON.stringify(value).includes('"__proto__"')
}

describe('serialize', () => {
  it('brings every JSON value back equal', () => {
    void fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }).filter(changesNoPrototype), (value) => {
        const text = serialize(value, 'value', { ...LIMITS, maxLength: 1_000_000, maxDepth: 10 })
        // -0 is the one number JSON does not know.
        expect(parse(text, 'value')).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('refuses exactly what would not come back equal', () => {
    void fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withBigInt: true, withSparseArray: true }),
        (value) => {
          let text: string | null
          try {
            text = serialize(value, 'value', { ...LIMITS, maxLength: 1_000_000, maxDepth: 20 })
          } catch (error) {
            expect(isDurablyError(error)).toBe(true)
            return
          }
          // Loose equality of vitest: undefined members are dropped, the rest is the same.
          expect(parse(text, 'value')).toEqual(withoutMinusZero(value))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps undefined at the top apart from null', () => {
    expect(serialize(undefined, 'value', LIMITS)).toBe(null)
    expect(serialize(null, 'value', LIMITS)).toBe('null')
    expect(parse(null, 'value')).toBe(undefined)
    expect(parse('null', 'value')).toBe(null)
  })

  it('drops members that are undefined', () => {
    expect(serialize({ a: undefined, b: 1 }, 'value', LIMITS)).toBe('{"b":1}')
  })

  it('accepts objects without a prototype', () => {
    expect(serialize(Object.assign(Object.create(null), { a: 1 }), 'value', LIMITS)).toBe('{"a":1}')
  })

  it.each([
    ['a hole in an array', Object.assign([1], { length: 2 }), '$[1]'],
    ['an object with a toJSON method', { a: { toJSON: () => 1 } }, '$.a'],
    ['a member with an odd name', { 'a b': { c: 1n } }, '$["a b"].c'],
    ['a symbol key', { a: { [Symbol('s')]: 1 } }, '$.a'],
    ['a typed array', { bytes: new Uint8Array(2) }, '$.bytes'],
    ['an error', { cause: new Error('x') }, '$.cause'],
    ['a promise', Promise.resolve(1), '$'],
    ['a boxed number', { n: Object(1) }, '$.n'],
  ])('refuses %s and says where', (_, value, path) => {
    expect(refusal(value)).toMatchObject({ code: 'NOT_JSON', path })
  })

  it('refuses what is too deep, and names a bounded path', () => {
    expect(refusal([[[[[]]]]])).toBe('accepted')
    expect(refusal([[[[[[]]]]]])).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    const key = 'k'.repeat(200)
    const answer = refusal({ [key]: { [key]: { [key]: 1n } } })
    expect(answer).toMatchObject({ code: 'NOT_JSON' })
  })

  it('counts the characters of the text', () => {
    expect(refusal('x'.repeat(998))).toBe('accepted')
    expect(refusal('x'.repeat(999))).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })

  it('does not run out of stack on a value that refers to itself through many objects', () => {
    const ring: { next?: unknown }[] = Array.from({ length: 1_000 }, () => ({}))
    for (const [index, node] of ring.entries()) node.next = ring[(index + 1) % ring.length]
    expect(refusal(ring[0])).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })
})

describe('parse', () => {
  it('says that a row was damaged when the text is not JSON', () => {
    expect(() => parse('{', 'input')).toThrow(expect.objectContaining({ code: 'CORRUPT_ROW' }))
  })
})

describe('sameJson', () => {
  it('does not mind the order of keys, and nothing else', () => {
    expect(sameJson('{"a":1,"b":[1,{"c":2,"d":3}]}', '{"b":[1,{"d":3,"c":2}],"a":1}')).toBe(true)
    expect(sameJson('[1,2]', '[2,1]')).toBe(false)
    expect(sameJson('{"a":1}', '{"a":1,"b":null}')).toBe(false)
    expect(sameJson('{"a":null}', '{}')).toBe(false)
    expect(sameJson('[]', '{}')).toBe(false)
    expect(sameJson('1', '"1"')).toBe(false)
  })
})

function withoutMinusZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(withoutMinusZero)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutMinusZero(member)]))
}
