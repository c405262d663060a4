/** A fresh clone of the repository. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTemporaryDirectory, root, run } from './packed.js'

const installTimeout = 900_000
const directory = await makeTemporaryDirectory()
const clone = join(directory.path, 'clone')
const npm = (...args: string[]) => run('npm', args, { cwd: clone, maxBuffer: 16 * 1024 * 1024 })

beforeAll(async () => {
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root })
  const files = stdout.split('\0').filter((path) => path !== '' && !path.startsWith('test/'))
  await Promise.all(files.map((path) => cp(join(root, path), join(clone, path))))
  await npm('ci', '--prefer-offline', '--loglevel=error')
}, installTimeout)
afterAll(directory.remove)

test('has the command after the first install', async () => {
  const { stdout } = await run('npx', ['--no-install', 'dpop-inspect', '--help'], { cwd: clone })
  expect(stdout).toContain('dpop-inspect proof [PROOF]')
})

test('builds a package before it is packed', async () => {
  await npm('run', '--silent', 'clean')
  const bin = run('npx', ['--no-install', 'dpop-inspect', '--help'], { cwd: clone })
  await expect(bin).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('run "npm run build"') })

  const { stdout } = await npm('pack', '--workspace=packages/inspect', '--json', '--silent')
  expect(stdout).toContain('dist/index.js')
})
