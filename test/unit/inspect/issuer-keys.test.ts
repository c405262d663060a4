import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestIssuer } from '@dpop-guard/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  controls,
  escapes,
  issuer,
  known,
  now,
  proof,
  run,
  startServer,
  temporaryDirectory,
  textless,
  token,
} from '../../support/inspect-scene.js'
import { holdTimeLimits } from '../../support/time-limits.js'

describe("an issuer's keys", () => {
  const inspect = (...args: string[]) => run([proof(), ...known, '--token', token, ...args])

  /** An issuer with this metadata. */
  const startIssuer = (describe: (origin: string) => object) =>
    startServer((origin) => (_request, response) => void response.end(JSON.stringify(describe(origin))))

  test('are never read from a file that the metadata names', async () => {
    const file = join(await temporaryDirectory(), 'jwks.json')
    writeFileSync(file, `secret of this machine ${JSON.stringify(issuer.jwks)}`)
    for (const uri of [file, `file://${file}`, 'data:application/json,{"keys":[]}', '', undefined, textless]) {
      const origin = await startIssuer((origin) => ({ issuer: origin, jwks_uri: uri }))
      const { code, stderr } = await inspect('--issuer', origin)
      expect(code).toBe(2)
      expect(stderr).toMatch(/names a place for jwks_uri that must not be asked|has no jwks_uri/)
      expect(stderr).not.toContain('secret of this machine')
    }
  })

  test('are not fetched over plain http from elsewhere', async () => {
    const hosts = ['api.example.com', '127.0.0.1.example.com', 'localhost@example.com', 'localhost.', '0.0.0.0']
    for (const host of hosts) {
      const origin = await startIssuer((origin) => ({ issuer: origin, jwks_uri: `http://${host}/jwks` }))
      const { code, stderr } = await inspect('--issuer', origin)
      expect([code, stderr.includes('names a place for jwks_uri that must not be asked')], host).toEqual([2, true])
    }
  })

  test('of an issuer elsewhere are not fetched from this machine', async () => {
    const elsewhere = (origin: string) => origin.replace('127.0.0.1', '0.0.0.0')
    const origin = await startIssuer((origin) => ({ issuer: elsewhere(origin), jwks_uri: `${origin}/jwks` }))
    const { code, stderr } = await inspect('--issuer', elsewhere(origin))
    expect([code, stderr.includes('names a place for jwks_uri that must not be asked')]).toEqual([2, true])
  })

  test('are not taken from the metadata of another issuer', async () => {
    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    const slash = await inspect('--issuer', `${server.issuer}/`)
    expect([slash.code, slash.stderr.includes(`names another issuer: ${server.issuer}`)]).toEqual([2, true])
    server.behave('wrong-issuer', 'metadata')
    const { code, stderr } = await inspect('--issuer', server.issuer)
    expect([code, stderr.includes('names another issuer: https://attacker.example')]).toEqual([2, true])
    expect(server.requests.jwks).toBe(0)
  })

  test.each([
    ['redirect', 'answered 302'],
    ['huge', 'is longer than 1048576 bytes'],
    ['not-json', 'is not JSON'],
    ['error-500', 'answered 500'],
  ] as const)('are given up when the server misbehaves: %s', async (behaviour, message) => {
    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    for (const document of ['metadata', 'jwks'] as const) {
      server.behave('normal')
      server.behave(behaviour, document)
      const { code, stderr } = await inspect('--issuer', server.issuer)
      expect([code, stderr.includes(message)], `${document}: ${stderr}`).toEqual([2, true])
    }
    const { code, stderr } = await inspect('--jwks', `${server.issuer}/jwks`)
    expect([code, stderr.includes(message)], stderr).toEqual([2, true])
  })

  test('are given up when the server misbehaves: hang', async () => {
    const limits = holdTimeLimits()
    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    const expectTimeout = async (inspecting: ReturnType<typeof inspect>) => {
      const { code, stderr } = await inspecting
      expect([code, stderr.includes('did not answer in time')], stderr).toEqual([2, true])
    }
    server.behave('hang', 'metadata')
    const ofIssuer = inspect('--issuer', server.issuer)
    await limits.endAfter(() => server.requests.metadata === 1)
    await limits.endAfter(() => server.requests.metadata === 2)
    await expectTimeout(ofIssuer)
    server.behave('normal', 'metadata')
    server.behave('hang', 'jwks')
    const ofKeys = inspect('--issuer', server.issuer)
    await limits.endAfter(() => server.requests.jwks === 1)
    await expectTimeout(ofKeys)
    const ofUrl = inspect('--jwks', `${server.issuer}/jwks`)
    await limits.endAfter(() => server.requests.jwks === 2)
    await expectTimeout(ofUrl)
    expect(Math.max(...limits.seconds)).toBeLessThanOrEqual(10)
  })

  test('are found through the OpenID document if the other one is unusable, and may allow more than verifying', async () => {
    const answers: [status: number, body: string][] = [
      [500, ''],
      [200, '{}'],
      [200, '<!doctype html>'],
      [404, ''],
    ]
    for (const [status, body] of answers) {
      const origin = await startServer((origin) => (request, response) => {
        const keys = [null, ...issuer.jwks.keys.map((key) => ({ ...key, key_ops: ['verify', 'encrypt', 'wrapKey'] }))]
        if (request.url === '/jwks') response.end(JSON.stringify({ keys }))
        else if (request.url === '/.well-known/openid-configuration')
          response.end(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks` }))
        else response.writeHead(status).end(body)
      })
      const { stdout, stderr } = await inspect('--issuer', origin)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/pass {2}signature by the issuer\n/)
    }
  })

  test('are not read from a file of another kind, which is not shown', async () => {
    const file = join(await temporaryDirectory(), 'token')
    writeFileSync(file, 'sesame')
    const { code, stderr } = await inspect('--jwks', file)
    expect([code, stderr]).toEqual([2, `dpop-inspect: ${file} is not JSON\n`])
  })

  test.each(['orders', 'file:///etc', ''])('have no issuer %j', async (issuer) => {
    const { code, stderr } = await inspect('--issuer', issuer)
    expect([code, stderr.includes('--issuer must be a whole URL, such as https://')]).toEqual([2, true])
  })

  test.each([
    ['a key set', '--jwks', () => `${escapes}{`],
    ['a jwks_uri', '--issuer', (origin: string) => JSON.stringify({ issuer: origin, jwks_uri: escapes })],
    ['an issuer', '--issuer', () => JSON.stringify({ issuer: escapes })],
  ])('do not write to the terminal through errors: %s', async (_name, option, body) => {
    const origin = await startServer((origin) => (_request, response) => void response.end(body(origin)))
    const { code, stderr } = await inspect(option, origin)
    expect(code).toBe(2)
    expect(stderr).not.toMatch(controls)
  })
})
