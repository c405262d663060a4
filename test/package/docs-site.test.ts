import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { makeTemporaryDirectory, root, run } from './packed.js'

test('one command builds the documentation site, with the API reference, and finds no broken link', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'docs'], { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  expect(stdout).toContain('no broken link')
  const page = (path: string) => existsSync(join(root, 'packages/docs/dist', path))
  expect(page('guide/errors.html')).toBe(true)
  expect(page('api/@dpop-guard/core/interfaces/GuardOptions.html')).toBe(true)
})

test('the check finds a link to a page and to a heading that do not exist', async () => {
  const { findBrokenLinks } = await import(pathToFileURL(join(root, 'packages/docs/links.js')).href)
  const directory = await makeTemporaryDirectory()
  try {
    await mkdir(join(directory.path, 'guide'))
    await writeFile(
      join(directory.path, 'index.html'),
      '<a href="/guide/good#one">1</a><a href="/guide/good#two">2</a>',
    )
    await writeFile(join(directory.path, 'guide/good.html'), '<h2 id="one">One</h2><a href="/guide/missing">3</a>')
    const broken: string[] = await findBrokenLinks(directory.path)
    expect(broken.map((link) => link.replace(/^.* -> /, '')).toSorted()).toEqual([
      expect.stringContaining('guide/good#two'),
      expect.stringContaining('guide/missing'),
    ])
  } finally {
    await directory.remove()
  }
})
