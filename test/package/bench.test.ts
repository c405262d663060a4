import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

async function readJson(path: string) {
  return JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'))
}

test('the packages that the benchmarks compare with are pinned exactly, and a normal install does not include the largest', async () => {
  const { dependencies, private: unpublished } = await readJson('../tools/bench/package.json')
  const benchLock = await readJson('../tools/bench/package-lock.json')
  const rootLock = await readJson('../../package-lock.json')

  expect(unpublished).toBe(true)
  for (const [name, version] of Object.entries(dependencies)) {
    expect(benchLock.packages[`node_modules/${name}`].version).toBe(version)
  }
  expect(benchLock.packages['']).toMatchObject({ dependencies })
  expect(rootLock.packages).not.toHaveProperty(['test/tools/bench'])
  expect(rootLock.packages).not.toHaveProperty(['node_modules/@atproto/oauth-provider'])
})
