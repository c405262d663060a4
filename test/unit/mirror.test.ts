/** The test tree mirrors the source: `packages/<package>/src/<path>.ts` has `test/unit/<package>/<path>.test.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { coveredElsewhere } from './covered-elsewhere.js'

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const list = (folder: string, ending: string) =>
  readdirSync(pathOf(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()

const packages = readdirSync(pathOf('packages')).filter((name) => existsSync(pathOf(`packages/${name}/src`)))

const sources = packages.flatMap((name) => list(`packages/${name}/src`, '.ts').map((file) => `${name}/${file}`))

/** Tests of the whole repository, or of all entry points. */
const wholes = new Set([
  'mirror.test.ts',
  'assertions.test.ts',
  'plain-english.test.ts',
  'rooms.test.ts',
  'survivors.test.ts',
  'entry-points.test.ts',
])

const testFiles = ['unit', 'isolated'].flatMap((suite) =>
  list(`test/${suite}`, '.test.ts')
    .filter((file) => !wholes.has(file))
    .map((file) => ({ path: `test/${suite}/${file}`, source: sourceOf(file) })),
)

/** A second file about one source adds a word before `.test.ts`: `memory-store.flood.test.ts`. */
function sourceOf(file: string): string {
  return file.replace(/(?:\.[a-z-]+)?\.test\.ts$/, '.ts')
}

/** The most specific line of the table: for the file, or for the nearest folder. */
function lineOf(source: string): string | undefined {
  const lines = Object.keys(coveredElsewhere).filter(
    (name) => name === source || (name.endsWith('/') && source.startsWith(name)),
  )
  return lines.sort((one, other) => other.length - one.length)[0]
}

test('each source file has a test file, or a line in covered-elsewhere.ts', () => {
  const tested = new Set(testFiles.map(({ source }) => source))
  const missing = sources
    .filter((source) => !tested.has(source) && lineOf(source) === undefined)
    .map((source) => `packages: ${source} needs test/unit/${source.replace(/\.ts$/, '.test.ts')}`)
  expect(missing).toEqual([])
  expect(sources.length).toBeGreaterThan(100)
})

test('the build has each package', () => {
  const { references } = JSON.parse(readFileSync(pathOf('packages/tsconfig.json'), 'utf8'))
  expect(references).toEqual(packages.map((path) => ({ path })))
})

test('each test file has a source file', () => {
  const known = new Set(sources)
  expect(testFiles.filter(({ source }) => !known.has(source)).map(({ path }) => path)).toEqual([])
})

test('each line of covered-elsewhere.ts names a source file without a test file, and a suite that exists', () => {
  const tested = new Set(testFiles.map(({ source }) => source))
  const used = new Set(sources.filter((source) => !tested.has(source)).map(lineOf))
  const bad = Object.entries(coveredElsewhere).filter(
    ([name, suite]) => !used.has(name) || !existsSync(pathOf(`test/${suite}`)),
  )
  expect(bad).toEqual([])
})
