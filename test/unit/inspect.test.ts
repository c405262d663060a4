import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { dpopGuard } from '@dpop-guard/express'
import {
  type BreakageName,
  breakages,
  createProofClient,
  createTestIssuer,
  createTokenIssuer,
  jwkThumbprint,
  mutationsOf,
  type ValidRequest,
  writeFields,
} from '@dpop-guard/testing'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../packages/testing/src/inspect/command.js'
import { inspectProof, stepOf } from '../../packages/testing/src/inspect/inspect-proof.js'
import { listenOnLoopback } from '../support/listen.js'
import { generateSigningKey } from '../support/proof-client.js'

const now = 1_800_000_000
const url = 'https://api.example.com/orders'
const client = createProofClient()
const issuer = createTokenIssuer()
const valid: ValidRequest = { method: 'GET', url, now, client, issuer }

interface Run {
  code: number
  stdout: string
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
    return { stream: Object.assign(stream, { isTTY: tty }), text: () => Buffer.concat(chunks).toString('utf8') }
  }
  const [stdout, stderr] = [sink(), sink()]
  const stdin = Object.assign(Readable.from(input === undefined ? [] : [input]), { isTTY: input === undefined })
  const code = await runCommand(args, { stdin, stdout: stdout.stream, stderr: stderr.stream, env })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

const token = issuer.mint({ now, cnf: { jkt: client.jkt } })
const proof = () => client.proof({ method: 'GET', url, now, accessToken: token })
const known = ['--method', 'GET', '--url', url, '--now', String(now)]

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dpop-guard-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** JSON that is fine, and an object that becomes no text. */
const textless = { toString: 1 }

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
      'token pass',
      'token pass',
      'token  -',
    ])
    expect(stdout).toContain('Nothing failed, 1 not checked.')
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
    expect(outcomes(stdout).filter((line) => line.endsWith('pass'))).toHaveLength(14)
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

  test('what is said besides goes before what is pasted', async () => {
    const args = ['--now', String(now), '--url', 'https://api.example.com/other']
    expect(outcomes((await run(args, { input: head(lines()) })).stdout)).toContain('9 FAIL')
  })
})

describe('a broken proof', () => {
  const broken = Object.entries(breakages).filter(([, { expected }]) => stepOf(expected.reason) !== undefined)

  test.each(broken.map(([name]) => name as BreakageName))('%s fails where the guard finds it', async (name) => {
    const { reason } = breakages[name].expected
    const mutation = mutationsOf(breakages[name], valid).at(-1)
    const headers = writeFields(valid, mutation)
    const valuesOf = (field: string) => headers.filter((_, index) => headers[index - 1]?.toLowerCase() === field)
    const accessToken = valuesOf('authorization')[0]?.replace('DPoP ', '')
    const { checks, verdict } = await inspectProof({ fields: valuesOf('dpop'), method: 'GET', url, now, accessToken })
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
    expect(stdout).toContain('different path (/orders is expected, /order received)')
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
  })

  test.each([
    ['https://api.example.com/orders/', 'a slash is part of the path'],
    ['http://api.example.com/orders', 'TLS ends at a proxy'],
    ['https://localhost/orders', "set the guard's publicUrl"],
    ['https://api.example.com/svc1/orders', 'a proxy strips "/svc1"'],
    ['https://api.example.com/Orders', 'upper and lower case are different'],
    ['https://api.example.com:8443/orders', 'different port (the default is expected, 8443 received)'],
    ['https://api.example.com/order%73x', 'a new proof is needed for each URL'],
    ['/orders', 'htu is the whole URL'],
  ])('with htu %s is explained', async (htu, hint) => {
    const { stdout } = await run([client.proof({ method: 'GET', url: htu, now }), ...known])
    expect(outcomes(stdout)).toContain('9 FAIL')
    expect(stdout).toContain(hint)
    expect(stdout).toContain(`received  ${htu}`)
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
    ['jwk.kty', { header: { jwk: { kty: textless } } }, '7 FAIL', 'a jwk of {"toString":1}'],
    ['alg', { header: { alg: textless } }, '5 FAIL', 'received  {"toString":1}'],
    ['iat', { claims: { iat: textless } }, '3 FAIL', 'iat is {"toString":1}'],
    ['htu', { claims: { htu: textless } }, '9 FAIL', 'received  {"toString":1}'],
    ['nonce', { claims: { nonce: textless } }, '10 FAIL', 'received  {"toString":1}'],
  ])('with an object for %s that becomes no text is reported', async (_name, broken, outcome, told) => {
    const text = client.proof({ method: 'GET', url, now, ...broken })
    const { code, stdout, stderr } = await run([text, ...known, '--nonce', 'n', '-v'])
    expect([code, stderr]).toEqual([1, ''])
    expect(outcomes(stdout)).toContain(outcome)
    expect(stdout).toContain(told)
  })

  test('of another time names the option for it', async () => {
    const { stdout } = await run([client.proof({ method: 'GET', url, now: now - 3600 }), ...known])
    expect(stdout).toContain(`--now ${now - 3600}`)
    expect((await run([client.proof({ method: 'GET', url, now: now - 70 }), ...known, '--max-age', '80'])).code).toBe(0)
    const milliseconds = client.proof({ method: 'GET', url, now: now * 1000 })
    expect((await run([milliseconds, ...known])).stdout).toContain('milliseconds')
  })
})

describe('an access token', () => {
  test('is verified with the keys of a file, or of the issuer', async () => {
    const file = join(await temporaryDirectory(), 'jwks.json')
    writeFileSync(file, JSON.stringify(issuer.jwks))
    const good = await run([proof(), ...known, '--token', token, '--jwks', file])
    expect([good.code, outcomes(good.stdout).slice(-3)]).toEqual([0, ['token pass', 'token pass', 'token pass']])

    const server = await createTestIssuer({ clock: () => now })
    onTestFinished(server.close)
    const served = server.mint({ cnf: { jkt: client.jkt } })
    const text = client.proof({ method: 'GET', url, now, accessToken: served })
    expect((await run([text, ...known, '--token', served, '--issuer', server.issuer])).code).toBe(0)
    const foreign = await run([proof(), ...known, '--token', token, '--issuer', server.issuer])
    expect(outcomes(foreign.stdout).slice(-2)).toEqual(['token FAIL', 'token FAIL'])
    expect(foreign.code).toBe(1)
  })

  test.each([
    ['that expired', { exp: now - 7 }, 'it expired 7 s before'],
    ['that is not bound', { cnf: undefined }, 'it is not bound to a key'],
  ])('%s is told', async (_name, claims, why) => {
    const bad = issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims })
    const text = client.proof({ method: 'GET', url, now, accessToken: bad })
    const { code, stdout } = await run([text, ...known, '--token', bad])
    expect(stdout).toContain(why)
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

  test('that is opaque is left to its issuer', async () => {
    const text = client.proof({ method: 'GET', url, now, accessToken: 'opaque' })
    const { code, stdout } = await run([text, ...known, '--token', 'opaque'])
    expect(stdout).toContain('only its issuer')
    expect(code).toBe(0)
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
    expect(stdout).not.toMatch(/[^\P{C}\n]/u)
    expect(stdout).not.toContain(String(jwk.d))
    expect(outcomes(stdout)).toContain('7 FAIL')
  })
})

describe('wrong use ends with 2 and a word on standard error', () => {
  test.each([
    [['a.b.c', 'd.e.f'], 'give one proof'],
    [[], 'give a proof'],
    [['a.b.c', '--nope'], "Unknown option '--nope'"],
    [['a.b.c', '--now', 'yesterday'], '--now has to be a number'],
    [['a.b.c', '--nonce', 'a "b"'], '--nonce has to be a nonce'],
    [['a.b.c', '--url', 'http://api.example.com/'], 'https'],
    [['a.b.c', '--algs', 'none'], 'algorithms'],
    [['a.b.c', '--token', 'a', '--token-file', 'b'], 'not both'],
    [['a.b.c', '--token-file', '/no/such/file'], 'ENOENT'],
    [['request', 'GET'], 'a method and a URL'],
    [['request', 'GET', 'orders', '--key', 'k'], 'no http(s) URL'],
    [['request', 'GET', 'https://api.example.com'], 'give --key'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '-H', 'x'], '-H takes'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  test('help is not wrong', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('dpop-guard-inspect request METHOD URL')
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
    expect(stderr).toContain('its thumbprint is')
    expect(stdout).toMatch(/^401 Unauthorized\n/)
    expect(stderr).toContain('wants an access token under the scheme DPoP')
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
    expect(stderr).toContain('once more')
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
    expect((await run(args)).stderr).toContain('say so with --htu')
    expect((await run([...args, '--htu', `${publicUrl}/orders`])).code).toBe(0)
  })

  test('explains an outage', async () => {
    const { url, key, bind } = await startApi({ replay: { claim: () => Promise.reject(new Error('down')) } })
    await run(['request', 'GET', url, '--key', key])
    const { stderr } = await run(['request', 'GET', url, '--key', key, '--token', bind()])
    expect(stderr).toContain('its key set or its replay store is away')
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
    const { key } = await startApi()
    const { code, stderr } = await run(['request', 'GET', 'http://127.0.0.1:9/', '--key', key])
    expect([code, /fetch failed|ECONNREFUSED|bad port/.test(stderr)]).toEqual([2, true])
    writeFileSync(key, 'rubbish')
    const bad = await run(['request', 'GET', 'http://127.0.0.1:9/', '--key', key])
    expect([bad.code, bad.stderr.includes('is no private key')]).toEqual([2, true])
  })
})
