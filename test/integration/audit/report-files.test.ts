/** Where `dpop-inspect audit` writes its reports, and who can read them. */
import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createProofClient } from '@dpop-guard/testing'
import { expect, onTestFinished, test } from 'vitest'
import { run, temporaryDirectory } from '../../support/inspect-scene.js'
import { listenOnLoopback } from '../../support/listen.js'

async function start() {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  let requests = 0
  server.on('request', (_request, response) => {
    requests += 1
    response.end('{}')
  })
  const directory = await temporaryDirectory()
  const key = join(directory, 'key.json')
  await writeFile(key, JSON.stringify(createProofClient().privateKey.export({ format: 'jwk' })), { mode: 0o600 })
  const only = ['--only', 'valid-request', '--rate', '5000']
  return {
    directory,
    audit: (...more: string[]) =>
      run(['audit', `${origin}/orders`, '--key', key, ...only, ...more], {
        env: { DPOP_ACCESS_TOKEN: 'an-access-token' },
      }),
    requests: () => requests,
  }
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test.each(['html', 'json', 'junit'])(
  '--%s: a file that others could read is for its owner alone afterwards',
  async (name) => {
    const { directory, audit } = await start()
    const file = join(directory, 'report')
    await writeFile(file, `${'old '.repeat(100_000)}`)
    await chmod(file, 0o644)
    await audit(`--${name}`, file)
    expect(await modeOf(file)).toBe(0o600)
    const text = await readFile(file, 'utf8')
    expect(text).toContain('valid-request')
    expect(text).not.toContain('old old')
    await audit(`--${name}`, join(directory, 'new'))
    expect(await modeOf(join(directory, 'new'))).toBe(0o600)
  },
)

test.each([
  ['a file', 'target'],
  ['nothing', 'missing'],
])('a symbolic link to %s is an error before anything is sent, and is not followed', async (_name, target) => {
  const { directory, audit, requests } = await start()
  await writeFile(join(directory, 'target'), 'important', { mode: 0o644 })
  const link = join(directory, 'report.json')
  await symlink(join(directory, target), link)
  const { code, stdout, stderr } = await audit('--json', link)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('--json names a symbolic link: name the file itself, or another one')
  expect(stderr).not.toContain(link)
  expect(requests()).toBe(0)
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
  expect(await readFile(join(directory, 'target'), 'utf8')).toBe('important')
  expect(await readdir(directory)).not.toContain('missing')
})

test('a device gets the report, and keeps its mode', async () => {
  const { directory, audit } = await start()
  const link = join(directory, 'nowhere')
  await symlink('/dev/null', link)
  const before = await modeOf('/dev/null')
  const { stderr } = await audit('--json', '/dev/null', '--html', link)
  expect(stderr).toBe('')
  expect(await modeOf('/dev/null')).toBe(before)
})
