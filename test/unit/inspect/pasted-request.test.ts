import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { client, issuer, now, outcomes, proof, run, token, url } from '../../support/inspect-scene.js'

describe('with a pasted request', () => {
  const head = (lines: readonly string[]) => lines.join('\r\n')
  const lines = () => [
    'GET /orders?page=1 HTTP/1.1',
    'Host: api.example.com',
    `Authorization: DPoP ${token}`,
    `DPoP: ${proof()}`,
  ]

  test('everything is found in it', async () => {
    const { code, stdout } = await run(['--now', String(now)], { input: head([...lines(), '', '']) })
    expect(outcomes(stdout).filter((line) => line.endsWith('pass'))).toHaveLength(15)
    expect(code).toBe(0)
  })

  test('the marks of curl are ignored', async () => {
    const input = head(lines().map((line) => `> ${line}`))
    expect((await run(['-', '--now', String(now)], { input })).code).toBe(0)
  })

  test('two proofs are reported, and every other check is still made', async () => {
    const { code, stdout } = await run(['--now', String(now)], { input: head([...lines(), `DPoP: ${proof()}`]) })
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['1 FAIL'])
    expect(stdout).toContain('proof_repeated')
    expect(code).toBe(1)
  })

  test('a missing proof is reported', async () => {
    const { code, stdout } = await run([], { input: head(lines().slice(0, 3)) })
    expect(outcomes(stdout)).toContain('1 FAIL')
    expect(code).toBe(1)
  })

  test.each([
    ['localhost:3000', 'http://localhost:3000/orders'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000/orders'],
    ['api.example.com', 'https://api.example.com/orders'],
  ])('the scheme follows from the Host %s', async (host, htu) => {
    const input = head([
      'GET /orders HTTP/1.1',
      `Host: ${host}`,
      'Authorization: DPoP ***',
      `DPoP: ${client.proof({ method: 'GET', url: htu, now })}`,
    ])
    const { code, stdout } = await run(['--now', String(now)], { input })
    expect([code, outcomes(stdout)[8]]).toEqual([0, '9 pass'])
  })

  test('a URL that a guard cannot have is reported', async () => {
    const input = head(['GET http://api.example.com/orders HTTP/1.1', `DPoP: ${proof()}`])
    const { code, stderr } = await run([], { input })
    expect([code, stderr.includes('of the pasted request is http')]).toEqual([2, true])
  })

  test('keys without a token verify nothing', async () => {
    const input = head([...lines().slice(0, 2), 'Authorization: DPoP ***', `DPoP: ${proof()}`])
    const { code, stdout } = await run(['--now', String(now), '--jwks', '/no/such/file'], { input })
    expect([code, outcomes(stdout).at(-1)]).toEqual([0, 'token  -'])
  })

  test('a token that a log replaced is unknown', async () => {
    const input = head([...lines().slice(0, 2), 'Authorization: DPoP <redacted>', `DPoP: ${proof()}`])
    const { code, stdout } = await run(['--now', String(now)], { input })
    expect(outcomes(stdout).slice(-3)).toEqual(['12  -', '12  -', 'token pass'])
    expect(code).toBe(0)
  })

  const withoutToken = () => lines().with(2, 'Accept: */*')

  test.each([
    [
      'Bearer',
      `Authorization: Bearer ${token}`,
      'the scheme is Bearer; send "Authorization: DPoP <token>"',
      'scheme_unsupported',
    ],
    [
      'basic',
      'authorization: basic dTpw',
      'the scheme is basic; send "Authorization: DPoP <token>"',
      'scheme_unsupported',
    ],
    ['none', `Authorization: ${token}`, 'it has no scheme; send', 'scheme_unsupported'],
    ['DPoP, without a token', 'Authorization: DPoP', 'it has no token; send', 'authorization_malformed'],
    ['none, because there is no Authorization', 'Accept: */*', 'it is missing; send', 'proof_without_token'],
  ])('the scheme %s fails, as it does at a guard', async (_name, line, why, reason) => {
    const { code, stdout } = await run(['--now', String(now)], { input: head(lines().with(2, line)) })
    expect(outcomes(stdout).filter((outcome) => outcome.endsWith('FAIL'))).toEqual(['token FAIL'])
    expect(stdout).toContain(`token  FAIL  Authorization: ${why}`)
    expect(stdout).toContain(`its reason is ${reason}.\n`)
    expect(stdout).not.toContain(token)
    expect(code).toBe(1)

    const guard = createGuard({ issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, resource: new URL(url).origin })
    const [name = '', value = ''] = line.split(': ')
    const verdict = await guard.check({ method: 'GET', target: '/orders', headers: [name, value, 'DPoP', proof()] })
    expect(verdict).toMatchObject({ accepted: false, reason })
  })

  test.each([
    ['DPoP', 'authorization_repeated'],
    ['Bearer', 'authorization_ambiguous'],
  ])('a second Authorization fails: %s', async (scheme, reason) => {
    const input = head([...lines(), `Authorization: ${scheme} ${token}`])
    const { code, stdout } = await run(['--now', String(now)], { input })
    expect(stdout).toContain('token  FAIL  Authorization: there are 2 of them')
    expect(stdout).toContain(`its reason is ${reason}.\n`)
    expect(code).toBe(1)
  })

  test.each([
    ['that is missing, with the token in an option', () => withoutToken(), ['--token', token], 'token  -'],
    ['that a log replaced', () => lines().with(2, 'Authorization: ***'), [], 'token  -'],
    ['that was not pasted', () => [`DPoP: ${proof()}`], [], '12  -'],
  ])('an Authorization %s is not checked', async (_name, pasted, args, outcome) => {
    const { code, stdout } = await run(['--now', String(now), ...args], { input: head(pasted()) })
    expect([code, outcomes(stdout)[13] ?? outcomes(stdout)[12]]).toEqual([0, outcome])
  })

  test('options override the pasted request', async () => {
    const args = ['--now', String(now), '--url', 'https://api.example.com/other']
    expect(outcomes((await run(args, { input: head(lines()) })).stdout)).toContain('9 FAIL')
  })
})
