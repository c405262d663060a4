import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { dpopGuard } from '@dpop-guard/express'
import { createTestIssuer, jwkThumbprint } from '@dpop-guard/testing'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runtimeHas } from '../../../packages/core/src/proof/algorithms.js'
import { explainBreak } from '../../../packages/inspect/src/exchange.js'
import { findFreePort } from '../../support/free-port.js'
import {
  type Answer,
  controls,
  escapes,
  issuer,
  now,
  run,
  startServer,
  temporaryDirectory,
  textless,
  token,
} from '../../support/inspect-scene.js'
import { listenOnLoopback } from '../../support/listen.js'
import { createProofClient } from '../../support/proof-client.js'
import { holdTimeLimits, watchForHead } from '../../support/time-limits.js'

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

  test('makes a key that only its owner can read, and prints its thumbprint', async () => {
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

  test('follows the nonce of a token endpoint, which asks for it in the body', async () => {
    const proofs: Record<string, unknown>[] = []
    const origin = await startServer(() => (request, response) => {
      const [, claims = ''] = String(request.headers.dpop).split('.')
      proofs.push(JSON.parse(Buffer.from(claims, 'base64url').toString()))
      const ok = proofs.length > 1
      response.writeHead(ok ? 200 : 400, { 'DPoP-Nonce': 'n-1' })
      response.end(JSON.stringify(ok ? { access_token: 'issued' } : { error: 'use_dpop_nonce' }))
    })
    const key = join(await temporaryDirectory(), 'key.json')
    const args = ['request', `${origin}/token`, '--key', key, '-d', 'grant_type=client_credentials']
    const { code, stdout } = await run(args)
    expect(code).toBe(0)
    expect(stdout).toContain('{"access_token":"issued"}')
    expect(proofs).toMatchObject([{ htm: 'POST' }, { htm: 'POST', nonce: 'n-1' }])
  })

  test('repeats no other request that a token endpoint rejects', async () => {
    let requests = 0
    const origin = await startServer(() => (_request, response) => {
      requests += 1
      response.writeHead(400, { 'DPoP-Nonce': 'n-1' }).end('{"error":"invalid_client"}')
    })
    const key = join(await temporaryDirectory(), 'key.json')
    const { code, stdout } = await run(['request', 'POST', `${origin}/token`, '--key', key])
    expect({ code, requests }).toEqual({ code: 1, requests: 1 })
    expect(stdout).toContain('{"error":"invalid_client"}')
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
    expect(stderr.match(/^\* proof payload /gm)).toHaveLength(2)
    expect(stderr.match(/^> POST \/orders HTTP\/1\.1$/gm)).toHaveLength(2)
    expect(stderr).toContain('> authorization: DPoP (the access token)')
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

  test('explains an htu that does not match, and accepts --htu', async () => {
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

  test('says at a 404 that no guard answers so', async () => {
    const { url, key, bind } = await startApi()
    await run(['request', 'GET', url, '--key', key])
    const { code, stdout, stderr } = await run(['request', 'GET', `${url}/nothing`, '--key', key, '--token', bind()])
    expect(stdout).toMatch(/^404 /)
    expect(stderr).toContain('A guard never answers 404')
    expect(code).toBe(1)
  })

  test('warns of a key that others can read', async () => {
    const { url, key } = await startApi()
    await run(['request', 'GET', url, '--key', key])
    await chmod(key, 0o644)
    expect((await run(['request', 'GET', url, '--key', key])).stderr).toContain('can be read by others')
  })

  const postQuantum = runtimeHas('ML-DSA-44') ? (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) : []

  test.each(['ES384', 'PS256', 'Ed25519', ...postQuantum] as const)('reads a PEM key of %s', async (alg) => {
    const file = join(await temporaryDirectory(), 'key.pem')
    const { privateKey } = createProofClient(alg)
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const { url } = await startApi()
    const { stderr } = await run(['request', 'GET', url, '--key', file, '-v'])
    expect(stderr).toContain(`"alg":"${alg}"`)
  })

  test('exits with 2 without a response, or without a key', async () => {
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

  test('explains why a server cannot be reached', () => {
    const failed = (cause: object) =>
      new TypeError('fetch failed', { cause: Object.assign(new Error('message'), cause) })
    const origin = 'https://api.example.com'
    for (const [cause, why] of [
      [{ code: 'ENOTFOUND' }, 'there is no such host'],
      [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'Node does not know the authority of its certificate'],
      [{ code: 'ELSE' }, 'message'],
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

  test('sends nothing over plain http to another machine without --insecure-http', async () => {
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

  test('waits 30 s, or as long as --timeout says', async () => {
    const limits = holdTimeLimits()
    const { origin, args } = await startBare(() => limits.end())
    for (const [more, seconds] of [
      [[], 30],
      [['--timeout', '2.5'], 2.5],
    ] as const) {
      const { code, stderr } = await run([...args, ...more])
      expect([code, limits.seconds.at(-1)]).toEqual([2, seconds])
      expect(stderr).toContain(`no complete response from ${origin} within ${seconds} s`)
    }
  })

  test('shows the status of a response whose body does not end in time', async () => {
    const { args } = await startBare((_request, response) => void response.write('begins'))
    const limits = holdTimeLimits()
    const headReceived = watchForHead()
    const running = run([...args, '--timeout', '0.3'])
    await limits.endAfter(headReceived)
    const { code, stdout, stderr } = await running
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

  test('keeps control characters of a response from the terminal, but writes its exact bytes to a pipe', async () => {
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

  test('warns of a token that is bound to an object', async () => {
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

  test('conceals the token in the response of a server', async () => {
    const { args } = await startBare((request, response) => {
      const challenge = `DPoP error="invalid_token", error_description="${request.headers.authorization}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const { stdout, stderr } = await run([...args, '--token', token])
    expect(stderr).toContain('error_description: DPoP (the access token)')
    for (const part of token.split('.')) expect(stdout + stderr).not.toContain(part)
  })

  test.each([
    [[], 'GET'],
    [['-X', 'put'], 'PUT'],
    [['-d', 'hello'], 'POST'],
    [['--method', 'DELETE'], 'DELETE'],
  ])('sends with %j as %s', async (args, method) => {
    const { url, key, bind } = await startApi()
    await run(['request', url, '--key', key])
    const { code, stdout } = await run(['request', url, '--key', key, '--token', bind(), ...args])
    expect({ code, sent: stdout.includes(`"method":"${method}"`) }).toEqual({ code: 0, sent: true })
  })

  test.each([
    [['GET', 'http://127.0.0.1:9/', '-X', 'GET'], /use -X, or a method before the URL, not both/],
    [['http://127.0.0.1:9/', '--issuer', 'http://127.0.0.1:9'], /--issuer needs --client-id/],
    [['http://127.0.0.1:9/', '--client-id', 'a'], /--client-id needs --token-endpoint, or --issuer/],
    [['http://127.0.0.1:9/', '--client-id', 'a', '--token-endpoint', 'http://a.example/token'], /would go unencrypted/],
    [
      ['http://127.0.0.1:9/', '--client-id', 'a', '--token-endpoint', 'http://127.0.0.1:9/', '--client-auth', 'basic'],
      /needs a secret: --client-secret-file, or DPOP_CLIENT_SECRET/,
    ],
    [
      ['http://127.0.0.1:9/', '--client-id', 'a', '--token-endpoint', 'http://127.0.0.1:9/', '--token', 'abc'],
      /not both/,
    ],
  ])('wrong use %j is named', async (args, message) => {
    const key = join(await temporaryDirectory(), 'key.json')
    const { code, stderr } = await run(['request', ...args, '--key', key])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
