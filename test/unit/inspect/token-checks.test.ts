import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestIssuer } from '@dpop-guard/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  client,
  issuer,
  known,
  now,
  outcomes,
  proof,
  run,
  startServer,
  temporaryDirectory,
  textless,
  token,
  url,
} from '../../support/inspect-scene.js'

describe('an access token', () => {
  test('is verified with the keys of a file, or of the issuer', async () => {
    const file = join(await temporaryDirectory(), 'jwks.json')
    writeFileSync(file, JSON.stringify(issuer.jwks))
    const good = await run([proof(), ...known, '--token', token, '--jwks', file])
    expect([good.code, outcomes(good.stdout).at(-1)]).toEqual([0, 'token pass'])

    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    const served = server.mint({ cnf: { jkt: client.jkt } })
    const text = client.proof({ method: 'GET', url, now, accessToken: served })
    expect((await run([text, ...known, '--token', served, '--issuer', server.issuer])).code).toBe(0)
    const otherIssuer = await run([proof(), ...known, '--token', token, '--issuer', server.issuer])
    expect(outcomes(otherIssuer.stdout).slice(-3)).toEqual(['token FAIL', 'token  -', 'token FAIL'])
    expect(otherIssuer.code).toBe(1)
  })

  test('whose iss and aud were not compared is listed, with both values', async () => {
    const { code, stdout } = await run([proof(), ...known, '--token', token])
    expect(stdout).toContain('-    iss: "https://as.example.com" is not compared (--issuer)')
    expect(stdout).toContain('-    aud: "https://api.example.com" is not compared (--audience)')
    expect(code).toBe(0)
  })

  const api = 'https://api.example.com'

  test.each<[what: string, claims: object, accepted: string[], lines: string[]]>([
    ['for this API', {}, [api], ['pass  aud: https://api.example.com']],
    ['for one of two', { aud: ['x', 'b'] }, ['a', 'b'], ['pass  aud: b']],
    [
      'for another',
      { aud: 'https://b.example' },
      [api],
      ['FAIL  aud', `expected  ${api}`, 'received  "https://b.example"'],
    ],
    ['for another by a slash', { aud: `${api}/` }, ['a', api], ['FAIL  aud', `expected  a or ${api}`]],
    ['for nobody', { aud: undefined }, [api], ['FAIL  aud', 'received  nothing']],
  ])('%s is compared with --audience', async (_, claims, accepted, lines) => {
    const other = issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims })
    const text = client.proof({ method: 'GET', url, now, accessToken: other })
    const options = accepted.flatMap((audience) => ['--audience', audience])
    const { code, stdout } = await run([text, ...known, '--token', other, ...options])
    for (const line of lines) expect(stdout).toContain(line)
    expect(code).toBe(lines[0]?.startsWith('pass') ? 0 : 1)
  })

  test('by another issuer is compared with --issuer, before its keys are fetched', async () => {
    const file = join(await temporaryDirectory(), 'jwks.json')
    writeFileSync(file, JSON.stringify(issuer.jwks))
    const { code, stdout } = await run([
      proof(),
      ...known,
      '--token',
      token,
      '--jwks',
      file,
      '--issuer',
      'https://b.example',
    ])
    expect(stdout).toContain('FAIL  iss')
    expect(stdout).toContain('received  "https://as.example.com"')
    expect(code).toBe(1)
  })

  test.each([
    ['that expired', { exp: now - 7 }, 'received  1799999993 (2027-01-15T07:59:53Z), 7 s ago'],
    ['that is not valid yet', { nbf: now + 90 }, 'received  1800000090 (2027-01-15T08:01:30Z), 90 s ahead'],
    ['that is not bound', { cnf: undefined }, 'it is not bound to a key'],
  ])('%s is reported', async (_name, claims, why) => {
    const bad = issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims })
    const text = client.proof({ method: 'GET', url, now, accessToken: bad })
    const { code, stdout } = await run([text, ...known, '--token', bad])
    expect(stdout).toContain(why)
    expect(stdout.includes('its reason is token_unbound.')).toBe('cnf' in claims)
    expect(code).toBe(1)
  })

  test('is never shown, from any source', async () => {
    const file = join(await temporaryDirectory(), 'token')
    writeFileSync(file, `${token}\n`)
    const text = client.proof({ method: 'GET', url, now: 0, claims: { ath: token, nonce: token } })
    for (const [args, env] of [
      [['--token', token], {}],
      [['--token-file', file], {}],
      [[], { DPOP_ACCESS_TOKEN: token }],
    ] as const) {
      const { stdout, stderr } = await run([text, ...known, '-v', ...args], { env })
      expect(outcomes(stdout)).toContain('12 FAIL')
      for (const part of token.split('.')) expect(stdout + stderr).not.toContain(part)
    }
  })

  test.each(['second-line', '\u00e9', '"', '\u001b[2J', 'a, b'])(
    'with %j after it is rejected and not shown',
    async (rest) => {
      const directory = await temporaryDirectory()
      const bad = `${token}\n${rest}`
      const file = join(directory, 'token')
      writeFileSync(file, bad)
      const key = join(directory, 'key.json')
      for (const command of [
        [proof(), ...known],
        ['request', 'GET', 'http://127.0.0.1:9/', '--key', key],
      ]) {
        for (const [source, args, env] of [
          ['--token', ['--token', bad], {}],
          ['--token-file', ['--token-file', file], {}],
          ['DPOP_ACCESS_TOKEN', [], { DPOP_ACCESS_TOKEN: bad }],
        ] as const) {
          const { code, stdout, stderr } = await run([...command, ...args], { env })
          expect([code, stdout]).toEqual([2, ''])
          expect(stderr).toContain(`${source} has no access token`)
          for (const part of token.split('.')) expect(stderr).not.toContain(part)
        }
      }
    },
  )

  test('in place of a file name, or in a malformed field, is in no error', async () => {
    for (const args of [
      [proof(), '--token-file', token],
      ['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', `Authorization: DPoP ${token}\nx`],
    ]) {
      const { code, stderr } = await run(args)
      expect(code).toBe(2)
      for (const part of token.split('.')) expect(stderr).not.toContain(part)
    }
  })

  test('is in no error with untrusted text, whole or cut short', async () => {
    const origin = await startServer((origin) => (_request, response) => {
      response.end(JSON.stringify({ issuer: `${origin}/${token}`, jwks_uri: `${origin}/jwks` }))
    })
    const input = `GET /orders HTTP/1.1\nHost: api.example.com\nAuthorization: DPoP ${token}\nDPoP: ${proof()}`
    for (const args of [[], ['--token', token.slice(0, -7)]]) {
      const { code, stderr } = await run([...args, '--now', String(now), '--issuer', origin], { input })
      expect(code).toBe(2)
      expect(stderr).toContain('names another issuer: ')
      expect(stderr).toContain('(the access token)')
      for (const part of token.split('.')) expect(stderr).not.toContain(part.slice(-7))
    }
  })

  test('bound to an object is reported', async () => {
    const bad = issuer.mint({ now, cnf: { jkt: textless } })
    const { code, stdout, stderr } = await run([proof(), ...known, '--token', bad])
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain('cnf.jkt {"toString":1}')
  })

  test('that is opaque is left to its issuer', async () => {
    const text = client.proof({ method: 'GET', url, now, accessToken: 'opaque' })
    const { code, stdout } = await run([text, ...known, '--token', 'opaque'])
    expect(stdout).toContain('only its issuer')
    expect(code).toBe(0)
  })
})
