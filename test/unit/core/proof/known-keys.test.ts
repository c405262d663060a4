import { expect, test } from 'vitest'
import { EmbeddedKey } from '../../../../packages/core/src/proof/embedded-key.js'
import { KnownKeys } from '../../../../packages/core/src/proof/known-keys.js'

const keys = Array.from({ length: 3000 }, (_, index) => new EmbeddedKey({ kty: 'EC', crv: 'P-256', x: String(index) }))

/** How many of the keys are known after each has sent a header of this length. */
function countKnown(maxKeys: number, length: number): number {
  const known = new KnownKeys(maxKeys)
  for (const key of keys) known.set({ text: 'h'.repeat(length), algorithm: 'ES256', key })
  return keys.filter(({ jkt }) => known.get(jkt) !== undefined).length
}

test('there is room for as many headers of an average length as for keys', () => {
  expect(countKnown(3000, 800)).toBe(3000)
  expect(countKnown(2000, 800)).toBe(2000)
})

test('longer headers take the room of others', () => {
  expect(countKnown(3000, 8000)).toBe(300)
})

test('a long header has room, however few keys are kept', () => {
  expect(countKnown(1, 8000)).toBe(1)
  expect(countKnown(100, 8000)).toBe(100)
})

test('a header is known until a newer one of its key arrives', () => {
  const [key] = keys as [EmbeddedKey]
  const known = new KnownKeys(2)
  expect(known.get(key.jkt)).toBeUndefined()
  for (const text of ['first', 'second']) {
    known.set({ text, algorithm: 'ES256', key })
    expect(known.get(key.jkt)).toEqual({ text, algorithm: 'ES256', key })
  }
})
