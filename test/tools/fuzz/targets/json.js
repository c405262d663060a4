// @ts-check
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { parseJsonObject } from '../../../../packages/core/dist/encoding/json.js'

const maxDepth = 8
const weight = 256

/** @param {unknown} value @returns {{ members: number, depth: number }} */
function measure(value) {
  if (typeof value !== 'object' || value === null) return { members: 0, depth: 0 }
  const inner = Object.values(value).map(measure)
  const own = Array.isArray(value) ? 0 : inner.length
  return {
    members: inner.reduce((sum, { members }) => sum + members, own),
    depth: 1 + inner.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
  }
}

/**
 * Valid input, defined in another way: JSON.parse returns an object, which has as many members as there are colons outside of
 * strings. `__proto__` counts like any other member.
 *
 * @param {Buffer} bytes
 */
function readByTheBook(bytes) {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  try {
    const value = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const { members, depth } = measure(value)
    const structure = text.replace(/"(?:[^"\\]|\\.)*"/gs, '"')
    const count = (/** @type {RegExp} */ what) => structure.match(what)?.length ?? 0
    const colons = count(/:/g)
    const escapes = text.match(/\\./gs)?.length ?? 0
    const weighs = Buffer.byteLength(structure) + 11 * colons + 3 * count(/,/g) + 7 * count(/[{[]/g) + 2 * escapes
    const isLight = weighs <= weight
    return members === colons && depth <= maxDepth && isLight ? value : undefined
  } catch {
    return undefined
  }
}

/** @type {import('./index.d.ts').FuzzTarget} */
export const json = {
  name: 'json',
  share: 0.3,
  seeds: ['{}', '{"a":{"b":[1,"x\\"y",null]},"c":1.5e3}', '{"__proto__":1,"\\u0061":{"a":true}}', '[{"a":1}]'],
  words: ['{', '}', '[', ']', ':', ',', '"', '\\', '"a"', '"a":1', '"\\u0061":', '{"a":', '[[', ']]'],
  execute(input) {
    const bytes = Buffer.from(input, 'latin1')
    const value = parseJsonObject(bytes, { levels: maxDepth, weight })
    const expected = readByTheBook(bytes)
    if (value !== undefined || expected !== undefined) assert.deepStrictEqual(value, expected)
  },
}
