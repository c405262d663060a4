import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
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
  const untested = inRepository.filter((page) => !documents.includes(page) && !/\b(?:hosts)\.md$/.test(page))
  expect(untested).toEqual([])
})

test('the API reference has each public door', () => {
  for (const path of entryPoints) expect(existsSync(`${root}packages/${path}`), path).toBe(true)
  const doors = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/src/index.ts`))
  for (const name of doors) expect(entryPoints).toContain(`${name}/src/index.ts`)
})
