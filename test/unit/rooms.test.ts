/** A file in a room of the core's source imports only from rooms below. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../packages/core/src/', import.meta.url))

/** From the lowest to the highest. A request passes them in the opposite order. */
const floors = [
  ['failures.ts', 'awaitable.ts', 'check-failed.ts', 'loggable-error.ts', 'option-readers.ts', 'clock.ts'],
  ['encoding'],
  ['request'],
  ['replay'],
  ['proof'],
  ['diagnostics'],
  ['access-token'],
  ['response'],
  ['options.ts'],
  ['guard.ts', 'verify-proof.ts', 'presets.ts'],
  ['plugin'],
  [
    'plugin.ts',
    'internal.ts',
    'introspection.ts',
    'openapi.ts',
    'replay-store-contract.ts',
    'token-status-list.ts',
    'index.ts',
  ],
]

function floorOf(file: string): number {
  const floor = floors.findIndex((rooms) => rooms.some((room) => file === room || file.startsWith(`${room}/`)))
  if (floor === -1) throw new Error(`${file} is in no room`)
  return floor
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

function importsOf(file: string): string[] {
  const imports = readFileSync(join(source, file), 'utf8').matchAll(/ from '(\.[^']+)\.js'/g)
  return [...imports].map(([, path = '']) => `${normalize(join(dirname(file), path))}.ts`)
}

test('a room imports only from rooms below it', () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => floorOf(target) > floorOf(file))
      .map((target) => `${file} imports ${target}`),
  )
  expect(upward).toEqual([])
  expect(files.length).toBeGreaterThan(40)
})

test('no files import each other in a circle', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]))
  // What is left when files without imports are taken away, again and again, is in a circle or imports one.
  const left = new Set(files)
  let before = Number.POSITIVE_INFINITY
  while (left.size < before) {
    before = left.size
    for (const file of left) {
      if (imports.get(file)?.every((target) => !left.has(target))) left.delete(file)
    }
  }
  expect([...left]).toEqual([])
})

test('a file of more than 250 lines says why in its first comment', () => {
  const packages = fileURLToPath(new URL('../../packages/', import.meta.url))
  const sources = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^[a-z]+\/src\/.*\.ts$/.test(file),
  )
  const silent = sources.filter((file) => {
    const lines = readFileSync(join(packages, file), 'utf8').split('\n')
    return lines.length > 250 && !/^(?:\/\/|\/\*\*) .*\b(?:250 lines|table)\b/.test(lines[0] ?? '')
  })
  expect(silent).toEqual([])
  expect(sources.length).toBeGreaterThan(100)
})
