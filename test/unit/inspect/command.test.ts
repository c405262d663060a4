import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { createGuard } from '@dpop-guard/core'
import { dpopGuard } from '@dpop-guard/express'
import { createProofClient, createTestIssuer, createTokenIssuer, jwkThumbprint } from '@dpop-guard/testing'
import { invalidRequests, mutationsOf, type ValidRequest, writeFields } from '@dpop-guard/testing/invalid-requests'
import express from 'express'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { runCommand } from '../../../packages/inspect/src/command.js'
import { explainBreak } from '../../../packages/inspect/src/exchange.js'
import { stepOf } from '../../../packages/inspect/src/guard-answer.js'
import { inspectProof } from '../../../packages/inspect/src/inspect-proof.js'
import { findFreePort } from '../../support/free-port.js'
import { listenOnLoopback } from '../../support/listen.js'
import { generateSigningKey } from '../../support/proof-client.js'

const now = 1_800_000_000
const url = 'https://api.example.com/orders'
const client = createProofClient()
const issuer = createTokenIssuer()
const valid: ValidRequest = { method: 'GET', url, now, client, issuer }

interface Run {
  code: number
  stdout: string
  /** Standard output before it is read as UTF-8. */
  bytes: Buffer
  stderr: string
}

/** Runs a command line with what it needs of a terminal. */
async function run(
  args: readonly string[],
  { input, tty = false, env = {} }: { input?: string; tty?: boolean; env?: Record<string, string> } = {},
): Promise<Run> {
  const sink = () => {
    const chunks: Buffer[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(Buffer.from(chunk))
        done()
      },
    })
    return { stream: Object.assign(stream, { isTTY: tty }), bytes: () => Buffer.concat(chunks) }
  }
  const [stdout, stderr] = [sink(), sink()]
  const stdin = Object.assign(Readable.from(input === undefined ? [] : [input]), { isTTY: input === undefined })
  const code = await runCommand(args, { stdin, stdout: stdout.stream, stderr: stderr.stream, env })
  const bytes = stdout.bytes()
  return { code, stdout: bytes.toString('utf8'), bytes, stderr: stderr.bytes().toString('utf8') }
}

const token = issuer.mint({ now, cnf: { jkt: client.jkt } })
const proof = () => client.proof({ method: 'GET', url, now, accessToken: token })
const known = ['--method', 'GET', '--url', url, '--now', String(now)]

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dpop-guard-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers as it likes. Gives its origin. */
async function startServer(answer: (origin: string) => Answer): Promise<string> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', answer(origin))
  return origin
}

/** Has every time limit end soon. Gives the seconds that were asked for. */
function shortenTimeLimits(): number[] {
  const asked: number[] = []
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    asked.push(milliseconds / 1000)
    return timeout(100)
  })
  onTestFinished(() => spy.mockRestore())
  return asked
}

/** JSON that is fine, and an object that becomes no text. */
const textless = { toString: 1 }

/** Clears a terminal, sets its title and turns text around. */
const escapes = '\u001b[2J\u001b]0;x\u0007\u009b2J\u202e'

const controls = /[^\P{C}\n]/u

/** `step outcome` of each line of a report. */
const outcomes = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .flatMap((line) => /^ *(\d+|token) {2}(pass|FAIL| - {2})/.exec(line)?.slice(1).join(' ').trim() ?? [])

describe('a good proof', () => {
  test('passes every check, the nonce and the token included', async () => {
    const text = client.proof({ method: 'GET', url, now, accessToken: token, nonce: 'n1' })
    const { code, stdout, stderr } = await run([text, ...known, '--token', token, '--nonce', 'n1'])
    expect(stderr).toBe('')
    expect(outcomes(stdout)).toEqual([
      ...['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '12'].map((step) => `${step} pass`),
      ...['token pass', 'token pass', 'token  -', 'token  -', 'token  -'],
    ])
    expect(stdout).toContain('Nothing failed, 3 not checked.')
    expect(code).toBe(0)
  })

  test('of which little is known is checked as far as it goes', async () => {
    const { code, stdout } = await run([proof(), '--now', String(now)])
    expect(outcomes(stdout).filter((line) => line.endsWith('-'))).toEqual(['8  -', '9  -', '10  -', '12  -', '12  -'])
    expect(code).toBe(0)
  })

  test.each(['PS256', 'Ed25519', 'EdDSA'] as const)('may be signed with %s', async (alg) => {
    const other = createProofClient(alg)
    expect((await run([other.proof({ method: 'GET', url, now }), ...known])).code).toBe(0)
  })

  test('may have an algorithm that the guard was told to accept', async () => {
    const text = createProofClient('RS256').proof({ method: 'GET', url, now })
    expect(outcomes((await run([text, ...known])).stdout)).toContain('5 FAIL')
    expect((await run([text, ...known, '--algs', 'ES256,RS256'])).code).toBe(0)
  })
})

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

  test('the marks of curl are no part of it', async () => {
    const input = head(lines().map((line) => `> ${line}`))
    expect((await run(['-', '--now', String(now)], { input })).code).toBe(0)
  })

  test('two proofs are noticed, and each other check is made all the same', async () => {
    const { code, stdout } = await run(['--now', String(now)], { input: head([...lines(), `DPoP: ${proof()}`]) })
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['1 FAIL'])
    expect(stdout).toContain('proof_repeated')
    expect(code).toBe(1)
  })

  test('a missing proof is noticed', async () => {
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

  test('a URL that no guard can have is told', async () => {
    const input = head(['GET http://api.example.com/orders HTTP/1.1', `DPoP: ${proof()}`])
    const { code, stderr } = await run([], { input })
    expect([code, stderr.includes('of the pasted request is http')]).toEqual([2, true])
  })

  test('keys for a token that is not known verify nothing', async () => {
    const input = head([...lines().slice(0, 2), 'Authorization: DPoP ***', `DPoP: ${proof()}`])
    const { code, stdout } = await run(['--now', String(now), '--jwks', '/no/such/file'], { input })
    expect([code, outcomes(stdout).at(-1)]).toEqual([0, 'token  -'])
  })

  test('a token that a log has struck out is not known', async () => {
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
    ['that is cut out, with the token given besides', () => withoutToken(), ['--token', token], 'token  -'],
    ['that a log has struck out', () => lines().with(2, 'Authorization: ***'), [], 'token  -'],
    ['that was no part of what is pasted', () => [`DPoP: ${proof()}`], [], '12  -'],
  ])('an Authorization %s is not checked', async (_name, pasted, args, outcome) => {
    const { code, stdout } = await run(['--now', String(now), ...args], { input: head(pasted()) })
    expect([code, outcomes(stdout)[13] ?? outcomes(stdout)[12]]).toEqual([0, outcome])
  })

  test('what is said besides goes before what is pasted', async () => {
    const args = ['--now', String(now), '--url', 'https://api.example.com/other']
    expect(outcomes((await run(args, { input: head(lines()) })).stdout)).toContain('9 FAIL')
  })
})

describe('an invalid proof', () => {
  const ofProofs = Object.entries(invalidRequests).filter(
    ([, { expected }]) => stepOf(expected.reason) !== undefined && expected.reason !== 'token_key_mismatch',
  )

  test.each(ofProofs)('%s fails where the guard finds it', async (_name, request) => {
    const { reason } = request.expected
    const mutation = mutationsOf(request, valid).at(-1)
    const headers = writeFields(valid, mutation)
    const valuesOf = (field: string) => headers.filter((_, index) => headers[index - 1]?.toLowerCase() === field)
    const accessToken = valuesOf('authorization')[0]?.replace('DPoP ', '')
    const known = { method: mutation?.method ?? 'GET', url: new URL(url).origin + (mutation?.target ?? '/orders') }
    const { checks, verdict } = await inspectProof({ fields: valuesOf('dpop'), ...known, now, accessToken })
    const failed = checks.filter(({ outcome }) => outcome === 'fail')
    expect(verdict).toMatchObject({ verified: false, reason })
    expect(failed.map(({ step }) => step)).toContain(stepOf(reason))
  })

  test('has all its faults told at once', async () => {
    const text = client.proof({
      method: 'POST',
      url: 'https://api.example.com/order',
      now: now - 75,
      header: { typ: 'JWT' },
      claims: { jti: undefined },
    })
    const { code, stdout } = await run([text, ...known, '--token', token])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(
      ['3', '4', '8', '9', '11', '12'].map((step) => `${step} FAIL`),
    )
    expect(stdout).toContain('jti is missing')
    expect(stdout).toContain('different path (expected /orders, received /order)')
    expect(stdout).toContain('A guard answers 401 invalid_dpop_proof "DPoP proof typ must be dpop+jwt"')
    expect(code).toBe(1)
  })

  test('that says the wrong key is told apart from one that is forged', async () => {
    const other = createProofClient()
    const stolen = other.proof({ method: 'GET', url, now, accessToken: token })
    const { stdout } = await run([stolen, ...known, '--token', token])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['12 FAIL'])
    expect(stdout).toContain(client.jkt)
    expect(stdout).toContain(other.jkt)
    expect(stdout).toContain(
      'The proof itself is good. A guard answers 401 invalid_token "Invalid DPoP key binding"; its reason is token_key_mismatch, check 12.\n',
    )
  })

  test.each([
    ['htu', { url: 'https://api.example.com/other' }, 'token_key_mismatch, check 12.'],
    ['typ', { header: { typ: 'JWT' } }, 'proof_typ, check 4.'],
  ])('by the wrong key, and with a wrong %s, has the reason that a guard finds first', async (_name, parts, reason) => {
    const stolen = createProofClient().proof({ method: 'GET', url, now, accessToken: token, ...parts })
    const { stdout } = await run([stolen, ...known, '--token', token])
    expect(stdout).toContain(`its reason is ${reason}\n`)
  })

  test('by the wrong key, with a token that fails by itself, has no reason that a guard may not come to', async () => {
    const expired = issuer.mint({ now: now - 3600, cnf: { jkt: client.jkt } })
    const stolen = createProofClient().proof({ method: 'GET', url, now, accessToken: expired })
    const { stdout } = await run([stolen, ...known, '--token', expired])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['12 FAIL', 'token FAIL'])
    expect(stdout).toContain('2 failed, 4 not checked. The proof itself is good.\n')
  })

  test('without ath is told that the client left it out', async () => {
    const hintFor = async (parts: object) => {
      const text = client.proof({ method: 'GET', url, now, ...parts })
      return /hint {6}(.*)/.exec((await run([text, ...known, '--token', token])).stdout)?.[1]
    }
    expect(await hintFor({})).toContain('the client left ath out')
    expect(await hintFor({ accessToken: 'another' })).toContain('was the token refreshed since, or cut, or trimmed?')
  })

  test.each([
    ['https://api.example.com/orders/', 'the slash is part of the path'],
    ['http://api.example.com/orders', 'the client signs http'],
    ['https://localhost/orders', "set the guard's publicUrl"],
    ['https://api.example.com/svc1/orders', 'a proxy strips "/svc1"'],
    ['https://api.example.com/Orders', 'upper and lower case are different'],
    ['https://api.example.com:8443/orders', 'different port (expected the default, received 8443)'],
    ['https://api.example.com/order%73x', 'each URL needs a new proof'],
    ['/orders', 'htu is the whole URL'],
  ])('with htu %s is explained', async (htu, hint) => {
    const { stdout } = await run([client.proof({ method: 'GET', url: htu, now }), ...known])
    expect(outcomes(stdout)).toContain('9 FAIL')
    expect(stdout).toContain(hint)
    expect(stdout).toContain(`received  ${htu}`)
  })

  test.each([
    ['http://localhost:3000/orders', true],
    ['http://127.0.0.1:3000/orders', true],
    ['http://[::1]:3000/orders', true],
    ['https://other.example/orders', false],
  ])('for another host than that of --url %s may have the public one: %s', async (given, told) => {
    const { stdout } = await run([proof(), '--method', 'GET', '--url', given, '--now', String(now)])
    expect(outcomes(stdout)).toContain('9 FAIL')
    expect(stdout.includes('; or --url is not the public URL')).toBe(told)
  })

  test.each([
    ['DPoP eyJ.eyJ.x', 'belongs to the name of the field'],
    ['a.b,c.d', 'two proofs in one field'],
    ['a.b', 'it has 2 parts'],
    ['a.b\n.c', 'broken into lines'],
    ['a.b.c=', 'padding'],
    ['a.b.c+/', 'not base64url'],
    ['rubbish', 'it has 1 part,'],
  ])('%j is explained', async (text, why) => {
    const { code, stdout } = await run([text, ...known])
    expect(stdout).toContain(why)
    expect(code).toBe(1)
  })

  test.each([
    ['htm', { claims: { htm: textless } }, '8 FAIL', 'received  {"toString":1}'],
    ['jwk.kty', { header: { jwk: { kty: textless } } }, '7 FAIL', 'this jwk ({"toString":1})'],
    ['alg', { header: { alg: textless } }, '5 FAIL', 'received  {"toString":1}'],
    ['iat', { claims: { iat: textless } }, '3 FAIL', 'iat is {"toString":1}'],
    ['htu', { claims: { htu: textless } }, '9 FAIL', 'received  {"toString":1}'],
    ['nonce', { claims: { nonce: textless } }, '10 FAIL', 'received  {"toString":1}'],
  ])('with an object for %s that becomes no text is reported', async (_name, parts, outcome, told) => {
    const text = client.proof({ method: 'GET', url, now, ...parts })
    const { code, stdout, stderr } = await run([text, ...known, '--nonce', 'n', '-v'])
    expect([code, stderr]).toEqual([1, ''])
    expect(outcomes(stdout)).toContain(outcome)
    expect(stdout).toContain(told)
  })

  test.each([
    [{ iat: now - 95 }, 'iat is 95 s ago', 'received  iat 1799999905 (2027-01-15T07:58:25Z), 95 s ago\n'],
    [
      { iat: now + 31.5 },
      'iat is 31.5 s ahead',
      'received  iat 1800000031.5 (2027-01-15T08:00:31.500Z), 31.5 s ahead\n',
    ],
    [{ exp: now - 30 }, ': exp is 30 s ago', 'received  exp 1799999970 (2027-01-15T07:59:30Z), 30 s ago\n'],
    [{ nbf: now + 31 }, ': nbf is 31 s ahead', 'received  nbf 1800000031 (2027-01-15T08:00:31Z), 31 s ahead\n'],
    [{ iat: 1e14 }, 's ahead', 'received  iat 100000000000000, '],
  ])('with the times %j shows them as people read them', async (claims, why, received) => {
    const { code, stdout } = await run([client.proof({ method: 'GET', url, now, claims }), ...known])
    expect(outcomes(stdout)).toContain('11 FAIL')
    expect(stdout).toContain(why)
    expect(stdout).toContain(received)
    expect(stdout).toContain(' 1800000000 (2027-01-15T08:00:00Z)\n')
    expect(code).toBe(1)
  })

  test.each([
    ['GET', 'POST', 'the proof was made for GET, the request is POST: make a new proof for each request'],
    ['get', 'GET', 'methods are case-sensitive; usually both the request and its proof say "GET"'],
    [['GET'], 'GET', 'htm is the method as a string: "GET"'],
  ])('with htm %j for %s is explained', async (htm, method, hint) => {
    const { code, stdout } = await run([
      client.proof({ method, url, now, claims: { htm } }),
      ...known,
      '--method',
      method,
    ])
    expect(outcomes(stdout)).toContain('8 FAIL')
    expect(stdout).toContain(`hint      ${hint}`)
    expect(code).toBe(1)
  })

  test('that is an access token is told', async () => {
    expect((await run([token, ...known])).stdout).toContain('hint      this is an access token')
  })

  test('that is the name of a file, or nothing, is told what to do', async () => {
    expect((await run(['proof.txt', ...known])).stdout).toContain('hint      a proof begins with eyJ')
    expect((await run(['', ...known])).stdout).toContain('is the variable set?')
  })

  test('of another time names the option for it', async () => {
    const { stdout } = await run([client.proof({ method: 'GET', url, now: now - 3600 }), ...known])
    expect(stdout).toContain(`--now ${now - 3600}`)
    expect((await run([client.proof({ method: 'GET', url, now: now - 70 }), ...known, '--max-age', '80'])).code).toBe(0)
    expect((await run([proof(), '--now', '2027-01-15T09:00:30+01:00'])).stdout).toContain(
      'iat: 1800000000 (2027-01-15T08:00:00Z), 30 s ago\n',
    )
    const milliseconds = client.proof({ method: 'GET', url, now: now * 1000 })
    expect((await run([milliseconds, ...known])).stdout).toContain('milliseconds')
  })
})

describe('JSON that is nested without end', () => {
  /** In the place of "nested" in the JSON of a part. */
  const nest = (json: object, levels: number) =>
    Buffer.from(JSON.stringify(json).replace('"nested"', '['.repeat(levels) + ']'.repeat(levels))).toString('base64url')
  const parts = () => client.proof({ method: 'GET', url, now, accessToken: token }).split('.')

  test.each([
    ['header', { typ: 'dpop+jwt', alg: 'ES256', jwk: 'nested' }, 0],
    ['payload', { jti: 'j', htm: 'GET', htu: url, iat: now, ath: 'nested' }, 1],
  ] as const)('in the %s of a proof is a failed check', async (part, json, index) => {
    for (const [levels, why] of [
      [20_000, /it has \d+ characters, the limit is 8192/],
      [2_500, new RegExp(`the ${part} is not a JSON object.*nested more than 64 levels deep`)],
      [60, /it has \d parts|too deep/],
    ] as const) {
      const text = parts().with(index, nest(json, levels)).join('.')
      const { code, stdout, stderr } = await run([text, ...known, '--token', token, '-v'])
      expect([code, stderr, outcomes(stdout)[1]]).toEqual([1, '', '2 FAIL'])
      expect(stdout).toMatch(why)
    }
  })

  test('in an access token leaves it to its issuer', async () => {
    const bad = token
      .split('.')
      .with(1, nest({ exp: 'nested', cnf: 'nested' }, 20_000))
      .join('.')
    const text = client.proof({ method: 'GET', url, now, accessToken: bad })
    const { code, stdout, stderr } = await run([text, ...known, '--token', bad])
    expect([code, stderr, outcomes(stdout).slice(-2)]).toEqual([0, '', ['12  -', 'token  -']])
    expect(stdout).toContain('it looks like a JWT, but the payload is not a JSON object')
  })

  test('in the metadata of an issuer, or in its keys, is rejected', async () => {
    const origin = await startServer(() => (_request, response) => {
      response.end(`{"issuer":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
    })
    for (const option of ['--issuer', '--jwks']) {
      const { code, stderr } = await run([proof(), ...known, '--token', token, option, origin])
      expect([code, stderr]).toEqual([2, expect.stringMatching(/names another issuer|has no keys/)])
    }
  })
})

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
    const foreign = await run([proof(), ...known, '--token', token, '--issuer', server.issuer])
    expect(outcomes(foreign.stdout).slice(-3)).toEqual(['token FAIL', 'token  -', 'token FAIL'])
    expect(foreign.code).toBe(1)
  })

  test('whose iss and aud nobody compared is listed so, with both values', async () => {
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

  test('by another issuer is compared with --issuer, before its keys are asked for', async () => {
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
  ])('%s is told', async (_name, claims, why) => {
    const bad = issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims })
    const text = client.proof({ method: 'GET', url, now, accessToken: bad })
    const { code, stdout } = await run([text, ...known, '--token', bad])
    expect(stdout).toContain(why)
    expect(stdout.includes('its reason is token_unbound.')).toBe('cnf' in claims)
    expect(code).toBe(1)
  })

  test('is never shown, wherever it comes from', async () => {
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
    'with %j behind it is rejected unseen',
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

  test('given for a file, or in a malformed field, is in no error', async () => {
    for (const args of [
      [proof(), '--token-file', token],
      ['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', `Authorization: DPoP ${token}\nx`],
    ]) {
      const { code, stderr } = await run(args)
      expect(code).toBe(2)
      for (const part of token.split('.')) expect(stderr).not.toContain(part)
    }
  })

  test('is in no error that somebody else words, whole or cut short', async () => {
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

  test('bound to an object that becomes no text is reported', async () => {
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

describe("an issuer's keys", () => {
  const inspect = (...args: string[]) => run([proof(), ...known, '--token', token, ...args])

  /** An issuer with this metadata. */
  const startIssuer = (describe: (origin: string) => object) =>
    startServer((origin) => (_request, response) => void response.end(JSON.stringify(describe(origin))))

  test('are read from no file that the metadata names', async () => {
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

  test('are not looked for on this machine for an issuer that is elsewhere', async () => {
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
    ['hang', 'did not answer in time'],
    ['not-json', 'is not JSON'],
    ['error-500', 'answered 500'],
  ] as const)('are given up where their server has this: %s', async (behaviour, message) => {
    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    const asked = behaviour === 'hang' ? shortenTimeLimits() : undefined
    for (const document of ['metadata', 'jwks'] as const) {
      server.behave('normal')
      server.behave(behaviour, document)
      const { code, stderr } = await inspect('--issuer', server.issuer)
      expect([code, stderr.includes(message)], `${document}: ${stderr}`).toEqual([2, true])
    }
    const { code, stderr } = await inspect('--jwks', `${server.issuer}/jwks`)
    expect([code, stderr.includes(message)], stderr).toEqual([2, true])
    for (const seconds of asked ?? []) expect(seconds).toBeLessThanOrEqual(10)
  })

  test('are found through the OpenID document, whatever is wrong with the other, with a key that may do more than verify', async () => {
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

  test('are told apart from a file that is none, without showing it', async () => {
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

describe('the report', () => {
  test('has colours for people only', async () => {
    const coloured = (text: string) => text !== stripVTControlCharacters(text)
    expect(coloured((await run([proof(), ...known], { tty: true })).stdout)).toBe(true)
    expect(coloured((await run([proof(), ...known])).stdout)).toBe(false)
    expect(coloured((await run([proof(), ...known], { tty: true, env: { NO_COLOR: '1' } })).stdout)).toBe(false)
  })

  test('lets no proof write to the terminal, and shows no private key', async () => {
    const jwk = { ...client.privateKey.export({ format: 'jwk' }), kid: '\u001b[2J' }
    const text = client.proof({ method: '\u001b[31mGET', url: '\u009b2J\u202e', now, header: { jwk } })
    const { stdout } = await run([text, ...known, '-v'])
    expect(stdout).not.toMatch(controls)
    expect(stdout).not.toContain(String(jwk.d))
    expect(outcomes(stdout)).toContain('7 FAIL')
  })

  test('is as the README has it', async () => {
    const readme = readFileSync(new URL('../../../packages/inspect/README.md', import.meta.url), 'utf8')
    const [, report = ''] = /check that fails:\n\n```\n(.*?)```/s.exec(readme) ?? []
    const text = client.proof({ method: 'GET', url: 'https://api.example.com/svc1/orders', now: 1_700_000_000 })
    const { stdout } = await run([text, '--method', 'GET', '--url', url, '--now', '1700000095'])
    expect(report).toContain('FAIL')
    expect(stdout).toContain(report)
  })

  test('has no line that a proof wrote', async () => {
    const text = client.proof({ method: 'GET', url: `https://other.example/\n    9  pass  htu`, now })
    expect(outcomes((await run([text, ...known])).stdout).filter((line) => line.startsWith('9'))).toEqual(['9 FAIL'])
  })
})

describe('wrong use ends with 2 and a word on standard error', () => {
  test.each([
    [['a.b.c', 'd.e.f'], 'only one proof is accepted'],
    [[], 'a proof is required'],
    [['GET', 'https://api.example.com'], 'to send a request, begin with the word request'],
    [['a.b.c', '--tokn', 'x'], 'unknown option "--tokn", did you mean "--token"?'],
    [['a.b.c', '--max-ag=5'], 'unknown option "--max-ag", did you mean "--max-age"?'],
    [['a.b.c', '-url', 'x'], 'unknown option "-url", did you mean "--url"?'],
    [['a.b.c', '--frobnicate'], 'unknown option "--frobnicate", known are --method, --url,'],
    [['a.b.c', '--__proto__'], 'unknown option, which is not shown'],
    [['requst', 'GET', 'https://api.example.com', '--key', 'k'], '--key is for "dpop-inspect request"'],
    [['request', 'GET', 'https://api.example.com', '--nonce', 'n'], '--nonce is for "dpop-inspect inspect"'],
    [['a.b.c', '--url'], '--url needs a value'],
    [['a.b.c', '--max-age', '-1'], 'is written --max-age=-...'],
    [['a.b.c', '--verbose=yes'], '--verbose takes no value'],
    [['a.b.c', '--now', 'yesterday'], 'or a time such as 2023-11-14T22:13:20Z'],
    [['a.b.c', '--now', '2027-01-15T08:00:00'], 'or a time such as 2023-11-14T22:13:20Z'],
    [['a.b.c', '--now', '1800000000000'], '--now is in seconds, this looks like milliseconds'],
    [['a.b.c', '--max-age', '86400'], '--max-age must be a number of seconds from 1 to 3600\n'],
    [['a.b.c', '--method', ''], '--method must be a method, such as GET'],
    [['a.b.c', '--token', ''], '--token is empty'],
    [['a.b.c', '--nonce', 'a "b"'], '--nonce must be a nonce'],
    [
      ['a.b.c', '--url', 'http://api.example.com/o?a=1'],
      'use the URL that clients call, --url https://api.example.com/o\n',
    ],
    [['a.b.c', '--url', 'http://localhost/%zz'], '--url does not follow RFC 3986: percent-encode'],
    [['a.b.c', '--algs', 'none'], '--algs must be a list of some of ES256,'],
    [['a.b.c', '--token', 'a', '--token-file', 'b'], 'not both'],
    [['a.b.c', '--token-file', '/no/such/file'], 'ENOENT'],
    [['request', 'GET'], 'a method and a URL'],
    [['request', 'GET', 'orders', '--key', 'k'], 'the URL to send to must be a whole URL, such as https://'],
    [['request', 'GET', 'localhost:3000/o?a=1', '--key', 'k'], 'must be a whole URL, http://localhost:3000/o\n'],
    [['request', 'G T', 'https://api.example.com', '--key', 'k'], 'METHOD must be a method, such as GET'],
    [['request', 'TRACE', 'https://api.example.com', '--key', 'k'], 'TRACE cannot be sent'],
    [['request', 'get', 'https://api.example.com', '--key', 'k', '-d', 'x'], 'a GET request has no body'],
    [
      ['request', 'PUT', 'https://api.example.com', '--key', 'k', '-d', '@/no/such/file'],
      '--data cannot be read: no such',
    ],
    [['request', 'GET', 'https://api.example.com', '--key', '/'], '--key cannot be read: it is a directory (EISDIR)'],
    [
      ['request', 'GET', 'https://api.example.com', '--key', '/no/such/file'],
      'cannot be made: no such file or directory',
    ],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--htu', '/orders'], '--htu must be a whole URL'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '-H', 'DPoP: x'], '-H takes no proof'],
    [['request', 'GET', 'https://api.example.com'], '--key is required'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '-H', 'x'], '-H takes'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', '0'], '--timeout must be'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', '86401'], '--timeout must be'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', 'soon'], '--timeout must be'],
    [['request', 'GET', 'http://api.example.com', '--key', 'k'], 'the access token would go unencrypted'],
    [['a.b.c', '--\u001b'], 'unknown option, which is not shown'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toContain('\ndpop-inspect --help lists every option.\n')
  })

  test.each([
    ['api.example.com/orders', 'https://api.example.com/orders'],
    ['API.example.com:8443/a?page=1', 'https://api.example.com:8443/a'],
    ['//api.example.com/orders', 'https://api.example.com/orders'],
    ['htps://api.example.com/orders', 'https://api.example.com/orders'],
    ['localhost:3000/orders', 'http://localhost:3000/orders'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000/'],
    ['[::1]:3000/orders', 'http://[::1]:3000/orders'],
    ['/orders.json', 'such as https://api.example.com/orders'],
    ['orders', 'such as https://api.example.com/orders'],
    ['', 'such as https://api.example.com/orders'],
    ['user:sesame@api.example.com/', 'such as https://api.example.com/orders'],
    ['sesame', 'such as https://api.example.com/orders'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.sesame', 'such as https://api.example.com/orders'],
  ])('a URL like %j is told with its whole form', async (text, form) => {
    const { code, stderr } = await run(['a.b.c', '--url', text])
    expect([code, stderr.split('\n')[0]]).toEqual([2, `dpop-inspect: --url must be a whole URL, ${form}`])
  })

  test.each([
    [['a.b.c', '--url', 'https://user:sesame@api.example.com/']],
    [['a.b.c', '--tokenSesame']],
    [['a.b.c', '--tokn=sesame']],
    [['a.b.c', '-t1sesame']],
    [['a.b.c', '--algs', 'sesame']],
    [['a.b.c', '--now', 'sesame']],
    [['a.b.c', '--token', 'e30.e30.x', '--jwks', 'sesame']],
    [['request', 'GET', 'http://user:sesame@127.0.0.1:9/', '--key', 'k']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '--htu', 'https://user:sesame@api.example.com/']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', 'Authorization: DPoP sesame']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', 'X-Api-Key: sesame\u0001']],
    [['request', 'PUT', 'http://127.0.0.1:9/', '--key', 'k', '-d', '@sesame']],
  ])('no secret is in the error for %j', async (args) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.toLowerCase()).not.toContain('sesame')
  })

  test('more than 1 MiB on standard input is not read', async () => {
    const { code, stderr } = await run([], { input: 'a'.repeat(1024 * 1024 + 1) })
    expect([code, stderr.split('\n')[0]]).toEqual([2, 'dpop-inspect: standard input has more than 1048576 bytes'])
  })

  test('help is not wrong', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('dpop-inspect request METHOD URL')
  })
})

describe('request', () => {
  async function startApi(options: object = {}) {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    const { server, origin, close } = await listenOnLoopback()
    onTestFinished(close)
    const app = express()
    app.use(dpopGuard({ ...issuer.guardOptions, publicUrl: origin, requiredScopes: ['orders:read'], ...options }))
    app.use(express.text())
    app.all('/orders', (req, res) => void res.json({ method: req.method, body: req.body, page: req.query.page }))
    server.on('request', app)
    const key = join(await temporaryDirectory(), 'key.json')
    /** A token for the key in the file, which the first request makes. */
    const bind = (claims: object = {}) => {
      const { x, y } = JSON.parse(readFileSync(key, 'utf8'))
      return issuer.mint({ cnf: { jkt: jwkThumbprint({ kty: 'EC', crv: 'P-256', x, y }) }, ...claims })
    }
    return { url: `${origin}/orders`, key, bind }
  }

  test('makes a key that nobody else can read, and tells its thumbprint', async () => {
    const { url, key, bind } = await startApi()
    const { code, stdout, stderr } = await run(['request', 'GET', url, '--key', key])
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(stderr).toContain(`made a new key in ${key}\n`)
    const thumbprint = jwkThumbprint(JSON.parse(readFileSync(key, 'utf8')))
    expect(stderr).toContain(`its thumbprint is ${thumbprint}\n`)
    expect((await run(['request', 'GET', url, '--key', key])).stderr).toContain(`its thumbprint is ${thumbprint}\n`)
    expect(stdout).toMatch(/^401 Unauthorized\n/)
    expect(stderr).toContain('needs an access token with the scheme DPoP')
    expect(code).toBe(1)

    const good = await run(['request', 'GET', `${url}?page=2`, '--key', key], { env: { DPOP_ACCESS_TOKEN: bind() } })
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(good.stdout).toMatch(/^200 OK\n/)
    expect(good.stdout).toContain('"page":"2"')
  })

  test('sends fields and a body, and follows nonces', async () => {
    const nonce = { secrets: ['a secret of this test, of more than 32 bytes'] }
    const { url, key, bind } = await startApi({ freshness: 'nonce', nonce })
    await run(['request', 'GET', url, '--key', key])
    const args = [
      'request',
      'POST',
      url,
      '--key',
      key,
      '--token',
      bind(),
      '-H',
      'Content-Type: text/plain',
      '-d',
      'hello',
      '-v',
    ]
    const { code, stdout, stderr } = await run(args)
    expect(stdout).toContain('{"method":"POST","body":"hello"}')
    expect(stdout.match(/^payload /gm)).toHaveLength(2)
    expect(stderr).toContain('sending the request again')
    expect(code).toBe(0)
  })

  test.each([
    ['a scope that is missing', { scope: 'other' }, 'scope: orders:read'],
    ['a token that expired', { exp: 1 }, 'error_description: Access token expired'],
    ['a token of another key', { cnf: { jkt: 'A'.repeat(43) } }, 'the token is bound to another key (AAAA'],
  ])('explains %s', async (_name, claims, explanation) => {
    const { url, key, bind } = await startApi()
    await run(['request', 'GET', url, '--key', key])
    const { code, stderr } = await run(['request', 'GET', url, '--key', key, '--token', bind(claims)])
    expect(stderr).toContain(explanation)
    expect(code).toBe(1)
  })

  test('explains an htu that does not match, and takes another', async () => {
    const publicUrl = 'https://api.example.com'
    const { url, key, bind } = await startApi({ publicUrl })
    await run(['request', 'GET', url, '--key', key])
    const args = ['request', 'GET', url, '--key', key, '--token', bind()]
    expect((await run(args)).stderr).toContain('add --htu')
    expect((await run([...args, '--htu', `${publicUrl}/orders`])).code).toBe(0)
  })

  test('explains an outage', async () => {
    const { url, key, bind } = await startApi({ replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
    await run(['request', 'GET', url, '--key', key])
    const { stderr } = await run(['request', 'GET', url, '--key', key, '--token', bind()])
    expect(stderr).toContain('its key set or its replay store is not available')
  })

  test('warns of a key that others can read', async () => {
    const { url, key } = await startApi()
    await run(['request', 'GET', url, '--key', key])
    await chmod(key, 0o644)
    expect((await run(['request', 'GET', url, '--key', key])).stderr).toContain('can be read by others')
  })

  test.each(['ES384', 'PS256', 'Ed25519'] as const)('reads a PEM key of %s', async (alg) => {
    const file = join(await temporaryDirectory(), 'key.pem')
    const { privateKey } = generateSigningKey(alg)
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const { url } = await startApi()
    const { stdout } = await run(['request', 'GET', url, '--key', file, '-v'])
    expect(stdout).toContain(`"alg":"${alg}"`)
  })

  test('ends with 2 where there is no answer, or no key', async () => {
    const { url, key } = await startApi()
    const { host } = new URL(url)
    const cut = await startServer(() => (request) => void request.socket.destroy())
    const closed = `http://127.0.0.1:${await findFreePort()}`
    for (const [origin, why] of [
      [closed, 'nothing listens there'],
      [`https://${host}`, 'it does not speak TLS; is it http?'],
      [cut, 'it closed the connection'],
    ]) {
      const { code, stderr } = await run(['request', 'GET', `${origin}/orders?a=sesame`, '--key', key])
      expect([code, stderr.split('\n').at(-2)]).toEqual([
        2,
        `dpop-inspect: no complete response from ${origin}: ${why}`,
      ])
    }
    writeFileSync(key, 'rubbish')
    const bad = await run(['request', 'GET', 'http://127.0.0.1:9/', '--key', key])
    expect([bad.code, bad.stderr.includes('is not a private key')]).toEqual([2, true])
  })

  test('tells why a server cannot be reached, with what is known of it', () => {
    const failed = (cause: object) => new TypeError('fetch failed', { cause: Object.assign(new Error('told'), cause) })
    const origin = 'https://api.example.com'
    for (const [cause, why] of [
      [{ code: 'ENOTFOUND' }, 'there is no such host'],
      [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'Node does not know the authority of its certificate'],
      [{ code: 'ELSE' }, 'told'],
      [{ code: 'ELSE', message: '' }, 'ELSE'],
    ] as const) {
      const error = explainBreak(`${origin}/orders?a=sesame`, failed(cause)) as Error
      expect(error.message).toMatch(new RegExp(`^no complete response from ${origin}: ${why}`))
    }
    const other = new TypeError('a mistake')
    expect(explainBreak(origin, other)).toBe(other)
  })

  /** A server, and a key for it. */
  async function startBare(answer: Answer) {
    const origin = await startServer(() => answer)
    const key = join(await temporaryDirectory(), 'key.json')
    return { origin, args: ['request', 'GET', origin, '--key', key] }
  }

  test('sends nothing over plain http to another machine, unless it is told to', async () => {
    let requests = 0
    const { origin, args } = await startBare((request, response) => {
      requests += 1
      response.end(request.headers.authorization)
    })
    const elsewhere = args.map((arg) => (arg === origin ? origin.replace('127.0.0.1', '0.0.0.0') : arg))
    const rejected = await run([...elsewhere, '--token', 't'])
    expect([rejected.code, rejected.stdout, requests]).toEqual([2, '', 0])
    expect(rejected.stderr).toContain('use https, or add --insecure-http')
    const sent = await run([...elsewhere, '--token', 't', '--insecure-http'])
    expect([sent.code, sent.stdout.endsWith('\n\nDPoP t\n'), requests]).toEqual([0, true, 1])
  })

  test('waits 30 s, or as long as it is told to', async () => {
    const { origin, args } = await startBare(() => {})
    const asked = shortenTimeLimits()
    for (const [more, seconds] of [
      [[], 30],
      [['--timeout', '2.5'], 2.5],
    ] as const) {
      const { code, stderr } = await run([...args, ...more])
      expect([code, asked.at(-1)]).toEqual([2, seconds])
      expect(stderr).toContain(`no complete response from ${origin} within ${seconds} s`)
    }
  })

  test('shows the status of an answer whose body does not end in time', async () => {
    const { args } = await startBare((_request, response) => void response.write('begins'))
    const { code, stdout, stderr } = await run([...args, '--timeout', '0.3'])
    expect(stdout).toMatch(/^200 OK\n/)
    expect(stderr).toContain('within 0.3 s')
    expect(code).toBe(2)
  })

  test.each([
    [0, false],
    [1, true],
  ])('writes 10 MiB of a body, and says so when %i more bytes are cut off', async (more, cut) => {
    const limit = 10 * 1024 * 1024
    const { args } = await startBare((_request, response) => void response.end(Buffer.alloc(limit + more, 'a')))
    const { code, stdout, stderr } = await run(args)
    expect(stdout.length - stdout.indexOf('\n\n') - '\n\n\n'.length).toBe(limit)
    expect(stderr.includes(`the body is longer than ${limit} bytes: the rest is cut off`)).toBe(cut)
    expect(code).toBe(0)
  })

  test('lets no answer write to the terminal, and gives a pipe the bytes as they are', async () => {
    const body = Buffer.concat([Buffer.from(escapes), Buffer.from([0xff, 0x00, 0x9b])])
    const { args } = await startBare((_request, response) => {
      const challenge = 'DPoP error="\u009b2J", error_description="\u009b31m"'
      response.writeHead(401, { 'x-field': '\u009b2J', 'www-authenticate': challenge }).end(body)
    })
    const person = await run(args, { tty: true, env: { NO_COLOR: '1' } })
    expect(person.stdout + person.stderr).not.toMatch(controls)
    expect(person.stdout).toContain('x-field: ?2J\n')
    const pipe = await run(args)
    expect(pipe.bytes.includes(body)).toBe(true)
  })

  test('warns of a token that is bound to an object that becomes no text', async () => {
    const { args } = await startBare((_request, response) => void response.end())
    const { code, stderr } = await run([...args, '--token', issuer.mint({ now, cnf: { jkt: textless } })])
    expect(stderr).toContain('the token is bound to another key ({"toString":1})')
    expect(code).toBe(0)
  })

  test('signs the method that it sends, which is in upper case', async () => {
    const { url, key, bind } = await startApi()
    await run(['request', 'GET', url, '--key', key])
    for (const method of ['get', 'patch']) {
      const { code, stdout } = await run(['request', method, url, '--key', key, '--token', bind()])
      expect([code, stdout.includes(`"method":"${method.toUpperCase()}"`)]).toEqual([0, true])
    }
  })

  test.each([
    [
      'a redirect',
      302,
      { location: 'https://other.example/\u009b2J' },
      'If you trust the target, send the request to it: https://other',
    ],
    [
      'a scheme that is not DPoP',
      401,
      { 'www-authenticate': 'Bearer error="invalid_token"' },
      'another scheme than DPoP',
    ],
    ['a challenge that is missing', 401, {}, 'Rejected without a challenge'],
  ])('explains %s', async (_name, status, headers, explanation) => {
    const { args } = await startBare((_request, response) => void response.writeHead(status, headers).end())
    const { code, stderr } = await run([...args, '--token', token])
    expect(stderr).toContain(explanation)
    expect(stderr).not.toMatch(controls)
    expect(code).toBe(status < 400 ? 0 : 1)
  })

  test('conceals the token in what a server says of it', async () => {
    const { args } = await startBare((request, response) => {
      const challenge = `DPoP error="invalid_token", error_description="${request.headers.authorization}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const { stdout, stderr } = await run([...args, '--token', token])
    expect(stderr).toContain('error_description: DPoP (the access token)')
    for (const part of token.split('.')) expect(stdout + stderr).not.toContain(part)
  })
})
