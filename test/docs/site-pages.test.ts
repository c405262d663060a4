import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { drawSequence } from '../../packages/docs/diagrams/sequence.js'
import { sequences } from '../../packages/docs/diagrams/sequences.js'
import { entryPoints, pages } from '../../packages/docs/pages.js'
import { documents } from './documents.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const inRepository = [
  ...readdirSync(`${root}packages/core/docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `packages/core/docs/${file}`),
  ...readdirSync(`${root}packages`)
    .filter((name) => existsSync(`${root}packages/${name}/src`))
    .map((name) => `packages/${name}/README.md`),
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
]

test('the site has each page of the repository, once', () => {
  expect(pages.map(({ source }) => source).toSorted()).toEqual(inRepository.toSorted())
  expect(new Set(pages.map(({ path }) => path)).size).toBe(pages.length)
})

test('the code and the links of each page are tested', () => {
  const untested = inRepository.filter((page) => !documents.includes(page))
  expect(untested).toEqual([])
})

test('the API reference has each public door', () => {
  for (const path of entryPoints) expect(existsSync(`${root}packages/${path}`), path).toBe(true)
  const doors = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/src/index.ts`))
  for (const name of doors) expect(entryPoints).toContain(`${name}/src/index.ts`)
})

test('each diagram is the one that its source draws', () => {
  for (const [name, sequence] of Object.entries(sequences)) {
    const committed = readFileSync(`${root}packages/core/docs/images/${name}.svg`, 'utf8')
    expect(committed, `run node packages/docs/diagrams/main.js: ${name}.svg`).toBe(drawSequence(sequence))
  }
})
