import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run, temporaryDirectory } from '../../../support/inspect-scene.js'
import { listenOnLoopback } from '../../../support/listen.js'

const stopped = AbortSignal.abort()

test('says that it is for development, and prints a request with a token that is bound to the key file', async () => {
  const key = join(await temporaryDirectory(), 'key.json')
  const { code, stdout, stderr } = await run(['issuer', '--port', '0', '--key', key, '--scope', 'orders:read'], {
    stop: stopped,
  })
  expect(code).toBe(0)
  expect(stderr).toBe(`made a new key in ${key}\n`)
  expect((await stat(key)).mode & 0o777).toBe(0o600)
  expect(stdout.split('\n')[0]).toMatch(/^FOR DEVELOPMENT ONLY/)
  expect(stdout).toMatch(/issuer {10}http:\/\/127\.0\.0\.1:\d+\n/)
  expect(stdout).toMatch(
    /dpopGuard\(\{ issuer: 'http:\/\/127\.0\.0\.1:\d+', resource: 'http:\/\/127\.0\.0\.1:3000' \}\)/,
  )
  const [, token = ''] = /DPOP_ACCESS_TOKEN=(\S+)/.exec(stdout) ?? []
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const { x } = JSON.parse(await readFile(key, 'utf8'))
  expect(claims).toMatchObject({ aud: 'http://127.0.0.1:3000', scope: 'orders:read' })
  expect(claims.cnf.jkt).toMatch(/^[\w-]{43}$/)
  expect(x).toBeTypeOf('string')
})

test('keeps the secret of the client to itself if it is given', async () => {
  const key = join(await temporaryDirectory(), 'key.json')
  const { stdout } = await run(['issuer', '--port', '0', '--key', key], {
    stop: stopped,
    env: { DPOP_CLIENT_SECRET: 'a secret of mine' },
  })
  expect(stdout).not.toContain('a secret of mine')
})

test('prints commands that work without an installation, for the route and the scopes of the README', async () => {
  const key = join(await temporaryDirectory(), 'key.json')
  const { stdout } = await run(['issuer', '--port', '0', '--key', key, '--resource', 'http://127.0.0.1:3000/'], {
    stop: stopped,
  })
  const commands = stdout.match(/npx \S+ request GET \S+/g)
  expect(commands).toEqual(Array(2).fill('npx @dpop-guard/inspect request GET http://127.0.0.1:3000/orders'))
  const [, token = ''] = /DPOP_ACCESS_TOKEN=(\S+)/.exec(stdout) ?? []
  const { scope } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  expect(scope).toBe('orders:read orders:write')
})

test('a port that is in use is named, with the option that changes it', async () => {
  const { origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const { port } = new URL(origin)
  const key = join(await temporaryDirectory(), 'key.json')
  const { code, stdout, stderr } = await run(['issuer', '--port', port, '--key', key], { stop: stopped })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(
    `port ${port} of 127.0.0.1 is in use, maybe by another issuer: choose another one, such as --port 4`,
  )
})

test.each([
  [['--port', '70000'], /--port must be a whole number of at most 65535/],
  [['--lifetime', '0'], /--lifetime must be a whole number/],
  [['--resource', 'api'], /--resource must be a whole URL/],
  [['start'], /takes options alone/],
])('wrong use %j is named', async (args, message) => {
  const { code, stderr } = await run(['issuer', ...args], { stop: stopped })
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})
