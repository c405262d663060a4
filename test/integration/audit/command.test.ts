/** `dpop-inspect audit` as a person runs it. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGuard } from '@dpop-guard/core'
import { auditServer } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startLocalIssuer } from '../../../packages/inspect/src/issuer/issuer-server.js'
import { controls, escapes, run, temporaryDirectory } from '../../support/inspect-scene.js'
import { listenOnLoopback } from '../../support/listen.js'
import { signedBy } from './audited-server.js'
import type { Fault } from './faults.js'
import { createNaiveServer } from './naive-server.js'

interface Scene {
  url: string
  issuer: ReturnType<typeof createTokenIssuer>
  directory: string
  token: string
  /** `--key` and its file. */
  key: string[]
  /** How many requests the server received. */
  requests(): number
}

async function start(faults: readonly Fault[] = []): Promise<Scene> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const issuer = createTokenIssuer({ audience: origin })
  const handle = createNaiveServer({ issuer, faults: new Set(faults) })
  let count = 0
  server.on('request', (request, response) => {
    count += 1
    handle(request, response)
  })
  const directory = await temporaryDirectory()
  const client = createProofClient()
  const file = join(directory, 'key.json')
  await writeFile(file, JSON.stringify(client.privateKey.export({ format: 'jwk' })), { mode: 0o600 })
  const token = issuer.mint({ cnf: { jkt: client.jkt } })
  return { url: `${origin}/orders`, issuer, directory, token, key: ['--key', file], requests: () => count }
}

const only = (...names: string[]) => names.flatMap((name) => ['--only', name])
const fast = ['--rate', '5000']

test('a server without a fault: exit code 0, with a token and its key', async () => {
  const { url, token, key } = await start()
  const { code, stdout, stderr } = await run(['audit', url, ...key, ...fast, ...only('proof-htm-*')], {
    env: { DPOP_ACCESS_TOKEN: token },
  })
  expect(stderr).toBe('')
  expect(stdout).toContain('0 holes, 0 should answer otherwise')
  expect(code).toBe(0)
})

test('a hole: exit code 3, the hole first, with the request as curl and without the token', async () => {
  const { url, token, key } = await start(['ignores htm', 'names no algs'])
  const { code, stdout } = await run(['audit', url, ...key, ...fast, ...only('proof-htm-other-method')], {
    env: { DPOP_ACCESS_TOKEN: token },
  })
  expect(code).toBe(3)
  const lines = stdout.split('\n').filter((line) => line !== '')
  const hole = lines.indexOf('HOLES (1): an RFC says MUST reject, and the server accepts')
  expect(lines.slice(hole + 1, hole + 3)).toEqual([
    '  RFC 9449 section 4.3 (8)',
    '    proof-htm-other-method: htm of another method',
  ])
  expect(lines[hole + 3]).toMatch(/^ {6}curl -sSi .* -H 'Authorization: DPoP '"\$TOKEN" -H 'DPoP: eyJ.*http:\/\/127/)
  expect(lines.findIndex((line) => line.startsWith('SHOULD ANSWER OTHERWISE'))).toBeGreaterThan(hole)
  expect(stdout).not.toContain(token)
  for (const part of token.split('.').slice(1)) expect(stdout).not.toContain(part)
})

test('an answer that is not as it should be: exit code 1', async () => {
  const { url, token, key } = await start(['names no algs'])
  const { code, stdout } = await run(['audit', url, ...key, ...only('credentials-missing')], {
    env: { DPOP_ACCESS_TOKEN: token },
  })
  expect(code).toBe(1)
  expect(stdout).toContain('the DPoP challenge has no algs (RFC 9449 section 7.1), once')
})

test('a token that the server rejects: exit code 2, with the answer of the server', async () => {
  const { url, key, issuer } = await start()
  const token = issuer.mint({ cnf: { jkt: createProofClient().jkt } })
  const { code, stdout } = await run(['audit', url, ...key], { env: { DPOP_ACCESS_TOKEN: token } })
  expect(code).toBe(2)
  expect(stdout).toContain('The audit stopped: it needs a valid request that the server accepts.')
  expect(stdout).toContain('WWW-Authenticate: DPoP error="invalid_token", algs="ES256"')
})

test.each([
  [404, /hint: the path may not be that of a route/],
  [308, /Location: \/orders\/\n {2}hint: an audit does not follow redirects/],
])('a server that answers %i to the valid request: no finding, and a hint', async (status, message) => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', (_request, response) => void response.writeHead(status, { Location: '/orders/' }).end())
  const { token, key, directory } = await start()
  const json = join(directory, 'report.json')
  const { code, stdout } = await run(['audit', `${origin}/ordrs`, ...key, '--json', json], {
    env: { DPOP_ACCESS_TOKEN: token },
  })
  expect(code).toBe(2)
  expect(stdout).toMatch(message)
  expect(stdout).not.toContain('SHOULD')
  const { counts, results, hint } = JSON.parse(await readFile(json, 'utf8'))
  expect(counts).toEqual({
    'must reject': 0,
    'should answer so': 0,
    information: 0,
    passed: 0,
    'not decided': 0,
    'not run': results.length,
  })
  expect(results[0]).toMatchObject({ name: 'valid-request', outcome: 'not run', exchanges: [{ answer: { status } }] })
  expect(stdout).toContain(hint)
})

test('reports are files of the owner, and none has the token, the key or what an accepted request got', async () => {
  const { url, token, key, directory } = await start(['ignores htm'])
  const files = ['html', 'json', 'junit'].map((name) => join(directory, name))
  const reports = ['--html', files[0] ?? '', '--json', files[1] ?? '', '--junit', files[2] ?? '']
  const names = only('proof-htm-*', 'token-*', 'authorization-*', 'proofs-*')
  await run(['audit', url, ...key, ...fast, ...reports, ...names], { env: { DPOP_ACCESS_TOKEN: token } })
  const { d } = JSON.parse(await readFile(key[1] ?? '', 'utf8'))
  for (const file of files) {
    const text = await readFile(file, 'utf8')
    for (const secret of [token, ...token.split('.').slice(1), d, 'orders&quot;:', '\\"orders\\":']) {
      expect(text.includes(secret), `${file}: ${secret}`).toBe(false)
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  }
  const [html = '', json = '', junit = ''] = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  expect(html).toMatch(/^<!doctype html>/)
  const report = JSON.parse(json)
  expect(report).toMatchObject({ format: 'dpop-inspect audit 1', method: 'GET', tokens: 'given' })
  expect(report.counts['must reject']).toBeGreaterThan(0)
  expect(junit).toContain('<testcase name="proof-htm-other-method" classname="RFC 9449 section 4.3 (8)"')
  expect(junit).toContain('<failure type="must reject" message="accepted">')
})

test.each([
  ['the report', []],
  ['a dry run', ['--dry-run']],
])('%s has no query, body or field of the user', async (_name, more) => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  // It repeats what it receives.
  server.on('request', ({ url, headers }, response) => {
    const accepted = headers.authorization !== undefined
    response.writeHead(accepted ? 200 : 401, { 'WWW-Authenticate': 'DPoP algs="ES256"', Link: `<${url}>` }).end(url)
  })
  const { token, key, directory } = await start()
  const files = ['html', 'json', 'junit'].map((name) => join(directory, name))
  const reports = ['--html', files[0] ?? '', '--json', files[1] ?? '', '--junit', files[2] ?? '']
  const own = ['-X', 'POST', '-d', 'password=body-secret', '-H', 'X-Api-Key: field-secret']
  const names = only('proof-htm-*', 'valid-*')
  const url = `${origin}/orders?view=all&api_key=query%2Dsecret`
  const { stdout, stderr } = await run(['audit', url, ...key, ...own, ...fast, ...reports, ...names, ...more], {
    env: { DPOP_ACCESS_TOKEN: token },
  })
  const written = more.length > 0 ? [] : await Promise.all(files.map((file) => readFile(file, 'utf8')))
  for (const text of [stdout, stderr, ...written]) {
    for (const secret of ['body-secret', 'field-secret', 'query%2Dsecret', 'query-secret', token]) {
      expect(text.includes(secret), secret).toBe(false)
    }
  }
  expect(stdout).toContain(`${origin}/orders?`)
  expect(stdout).toMatch(/"\$QUERY"/)
  expect(written.every((text) => text.includes('/orders?$QUERY'))).toBe(true)
})

test('with the signing key, requests with other tokens run, and the key is in no report', async () => {
  const { url, directory } = await start()
  const signer = createProofClient()
  const file = join(directory, 'signing.json')
  const jwk = { ...signer.privateKey.export({ format: 'jwk' }), kid: 'k1' }
  await writeFile(file, JSON.stringify(jwk), { mode: 0o600 })
  const { origin } = new URL(url)
  const args = ['audit', url, '--signing-key', file, '--issuer', 'https://as.example.com', '--audience', origin]
  const { code, stdout } = await run([...args, ...only('token-expired')])
  // The server trusts another key.
  expect(code).toBe(2)
  expect(stdout).toContain('signed here')
  expect(stdout).not.toContain(String(jwk.d))
})

test('--scope is the scope of the tokens that the audit signs; without it, a 403 has a hint', async () => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', ({ headers: { authorization = '' } }, response) => {
    const claims = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()
    response.writeHead(claims.includes('"scope":"orders:read"') ? 200 : 403).end()
  })
  const file = join(await temporaryDirectory(), 'signing.json')
  await writeFile(file, JSON.stringify(createProofClient().privateKey.export({ format: 'jwk' })), { mode: 0o600 })
  const signed = ['--signing-key', file, '--issuer', 'https://as.example.com', '--audience', origin]
  const args = ['audit', `${origin}/orders`, ...signed, ...only('valid-request')]
  expect((await run([...args, '--scope', 'orders:read'])).stdout).toContain('1 passed')
  const { code, stdout } = await run(args)
  expect(code).toBe(2)
  expect(stdout).toContain('hint: the token may not have the scopes of this route: add --scope, or use another token')
})

test('by client credentials, keys with other algorithms get tokens of their own', async () => {
  const { server, origin, close } = await listenOnLoopback()
  const client = { id: 'dev', secret: 'a secret for this test' }
  const options = { port: 0, resource: origin, signer: createProofClient(), client, scope: 'read', lifetimeSeconds: 60 }
  const local = await startLocalIssuer(options)
  onTestFinished(async () => {
    await close()
    await local.close()
  })
  const { issuer } = local.issuer
  const guard = createGuard({ issuer, resource: origin })
  server.on('request', async ({ method, url = '/', rawHeaders: headers }, response) => {
    const verdict = await guard.check({ method, target: url, headers })
    if (verdict.accepted) response.end('{}')
    else response.writeHead(verdict.status, verdict.headers as Record<string, string>).end()
  })
  const file = join(await temporaryDirectory(), 'report.json')
  const names = only('valid-alg-*', 'proof-signed-*', 'token-expired')
  const args = ['audit', `${origin}/orders`, '--issuer', issuer, '--client-id', 'dev', '--json', file, ...names]
  const { code, stdout, stderr } = await run(args, { env: { DPOP_CLIENT_SECRET: client.secret } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { results } = JSON.parse(await readFile(file, 'utf8'))
  const outcomes = Object.fromEntries(results.map(({ name, outcome }: Record<string, string>) => [name, outcome]))
  expect(outcomes).toMatchObject({
    'valid-alg-ES256': 'passed',
    'valid-alg-PS256': 'passed',
    'valid-alg-Ed25519': 'passed',
    // The token endpoint issues no token for such a key.
    'proof-signed-es384': 'not run',
    'token-expired': 'not run',
  })
  expect(stdout).toContain('tokens with other claims: --signing-key')
  expect(stdout + JSON.stringify(results)).not.toContain(client.secret)
})

test('a token endpoint that rejects the client ends the audit, and shows what it says', async () => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', (_request, response) => {
    response.writeHead(401).end(JSON.stringify({ error: 'invalid_client', error_description: `no${escapes}` }))
  })
  const args = ['audit', `${origin}/orders`, '--token-endpoint', `${origin}/token`, '--client-id', 'dev']
  const { code, stdout, stderr } = await run(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/the token endpoint answers 401 invalid_client no/)
  expect(stderr).not.toMatch(controls)
})

test.each([
  ['ES256', 'jwk-private-real'],
  ['Ed25519', 'jwk-ed25519-private'],
] as const)('a key of the user (%s) never leaves the machine', async (alg, row) => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const issuer = createTokenIssuer({ audience: origin })
  const client = createProofClient(alg)
  const seen: string[] = []
  server.on('request', ({ rawHeaders }, response) => {
    seen.push(...rawHeaders.flatMap((value) => [value, ...value.split('.')]))
    response.end('{}')
  })
  const report = await auditServer({
    url: `${origin}/orders`,
    client,
    tokens: signedBy(issuer),
    requestsPerSecond: 10_000,
    only: ['jwk-private*', 'jwk-*-private*'],
  })
  const { d = '' } = client.privateKey.export({ format: 'jwk' })
  const decoded = seen.flatMap((value) => [value, Buffer.from(value, 'base64url').toString('latin1')])
  expect(decoded.length).toBeGreaterThan(50)
  expect(decoded.filter((value) => value.includes(d))).toEqual([])
  expect(report.results.find(({ name }) => name === row)).toMatchObject({
    outcome: 'not run',
    needs: expect.stringContaining('holds the private key'),
  })
  expect(report.results.find(({ name }) => name === 'jwk-private')?.outcome).toBe('must reject')
})

test('a dry run prints each request, and sends nothing', async () => {
  const { url, token, key, requests } = await start()
  const { code, stdout } = await run(['audit', url, ...key, '--dry-run'], { env: { DPOP_ACCESS_TOKEN: token } })
  expect(code).toBe(0)
  expect(stdout.match(/^ {2}curl /gm)?.length).toBeGreaterThan(300)
  expect(stdout).toContain('proof-htm-other-method: htm of another method')
  expect(stdout).not.toContain('-X DELETE')
  expect(stdout).not.toContain(token)
  expect(requests()).toBe(0)
})

test.each([
  [['https://api.example.com/orders'], /not this machine: if the server is yours, add --i-own-this-server/],
  [['http://api.example.com/', '--i-own-this-server'], /would go unencrypted/],
  [['http://127.0.0.1:1/'], /access tokens are required/],
  [['http://127.0.0.1:1/', '--token', 'abc'], /needs --key/],
  [['http://127.0.0.1:1/', '--only', 'proof-htm-othr-method'], /did you mean proof-htm-other-method/],
  [['http://127.0.0.1:1/', '--setting', 'scope'], /--setting must be one of bearer, forms, scopes/],
  [['http://127.0.0.1:1/', '--token-endpoint', 'http://127.0.0.1:1/token'], /needs --client-id/],
  [['http://127.0.0.1:1/', '--signing-keys', 'x'], /did you mean "--signing-key"/],
  [[], /one URL is required/],
])('wrong use %j is named', async (args, message) => {
  const { code, stdout, stderr } = await run(['audit', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

test('a URL with a password is a TypeError that does not show it', async () => {
  const client = createProofClient()
  const options = { url: 'http://me:secret-word@127.0.0.1:1/', client, tokens: signedBy(createTokenIssuer()) }
  const error: unknown = await auditServer(options).catch((error) => error)
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toMatch(/"url" must be a URL without user name and password/)
  expect(String(error)).not.toContain('secret-word')
})
