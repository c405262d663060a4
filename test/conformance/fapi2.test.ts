/**
 * FAPI 2.0 Security Profile, section 5.3.3 (resource servers), and the checks of the OpenID Foundation's suite at a resource
 * endpoint (fapi2-security-profile-final-dpop-negative-tests and its neighbours), in our own words. That suite often accepts
 * both 400 and 401. RFC 9449 section 7.1 requires a 401 with a challenge, and so do these tests.
 */
import { fapi2 } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'
import {
  type Answer,
  createResourceServer,
  now,
  paramsOf,
  type RequestParts,
  type ResourceServer,
  reHead,
  tamper,
} from './resource-server.js'

const resource = 'https://api.example.com'
const endpoint = `${resource}/accounts`

const createServer = (options = {}, issuer = createTestIssuer()) =>
  createResourceServer({ ...fapi2, resource, isRevoked: () => false, ...options }, issuer)

/** Sends a request, and then a good one with the same token. The second one shows that the token was not the cause. */
async function probe(server: ResourceServer, parts: RequestParts): Promise<Answer> {
  const accessToken = server.mint(parts)
  const answer = await server.send({ accessToken, ...parts })
  const control = await server.send({ accessToken, ...(parts.client && { client: parts.client }) })
  expect(control.status, 'a good proof with the same token').toBe(200)
  return answer
}

function accepts(name: string, parts: RequestParts): void {
  test(name, async () => {
    expect((await probe(createServer(), parts)).status).toBe(200)
  })
}

function rejects(name: string, parts: RequestParts | ((server: ResourceServer) => RequestParts)): void {
  test(name, async () => {
    const server = createServer()
    const answer = await probe(server, typeof parts === 'function' ? parts(server) : parts)
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toMatchObject({ error: 'invalid_dpop_proof', algs: 'ES256 PS256 Ed25519 EdDSA' })
  })
}

const withClaims = (claims: Record<string, unknown>): RequestParts => ({ proof: { claims } })
const withHeader = (header: Record<string, unknown>): RequestParts => ({ proof: { header } })

describe('OpenID conformance suite, DPoP checks at the resource endpoint', () => {
  accepts('1, RFC 9449 section 4.1: the name of the field may be in upper case', { proofField: 'DPOP' })
  rejects('2, RFC 9449 section 4.3-1: two proofs', (server) => ({
    proofs: (proof) => [proof, server.client.proof({ method: 'GET', url: endpoint, now })],
  }))
  rejects('3, RFC 9449 section 4.3-2: a proof without its signature', {
    proofs: (proof) => [proof.slice(0, proof.lastIndexOf('.'))],
  })
  rejects('4, RFC 9449 section 4.2: no "typ"', withHeader({ typ: undefined }))
  rejects('5, RFC 9449 section 4.2: no "alg"', {
    proofs: (proof) => [reHead(proof, ({ alg, ...header }) => ({ ...header, alg2: alg }), proof.split('.')[2] ?? '')],
  })
  rejects('6, RFC 9449 section 4.2: no "jwk"', withHeader({ jwk: undefined }))
  rejects('7, RFC 9449 section 4.2: no "jti"', withClaims({ jti: undefined }))
  rejects('8, RFC 9449 section 4.2: no "htm"', withClaims({ htm: undefined }))
  rejects('9, RFC 9449 section 4.2: no "htu"', withClaims({ htu: undefined }))
  rejects('10, RFC 9449 section 4.2: no "iat"', withClaims({ iat: undefined }))
  rejects('11, RFC 9449 section 4.2: no "ath"', withClaims({ ath: undefined }))
  rejects('12, RFC 9449 section 4.3-4: another "typ"', withHeader({ typ: 'dpop+jwt+something' }))
  test('13, FAPI 2.0 section 5.4: an RSA key that signs with RS256', async () => {
    const client = createProofClient('RS256')
    const server = createServer()
    const answer = await server.send({ client })
    expect(answer.status).toBe(401)
    expect(answer.error).toBe('invalid_dpop_proof')
    const control = await server.send({ client: createProofClient('PS256') })
    expect(control.status, 'the same key with PS256').toBe(200)
  })
  rejects('14, FAPI 2.0 section 5.4: "alg" none, without a signature', {
    proofs: (proof) => [reHead(proof, () => ({ alg: 'none', typ: 'dpop+jwt' }), '')],
  })
  rejects('15, RFC 9449 section 4.3-6: a signature that does not verify', { proofs: (proof) => [tamper(proof)] })
  rejects('16, RFC 9449 section 4.3-7: a private key in "jwk"', ({ client }) =>
    withHeader({ jwk: client.privateKey.export({ format: 'jwk' }) }),
  )
  rejects('17, RFC 9449 section 4.3-8: another "htm"', withClaims({ htm: 'PUT' }))
  accepts('18, RFC 9449 section 4.3-9: "htu" with a query and a fragment', withClaims({ htu: `${endpoint}?a=b#c` }))
  accepts('19, RFC 9449 section 4.3-9: "htu" without the query that the request has', { target: '/accounts?a=b' })
  rejects('20, RFC 9449 section 4.3-9: "htu" of another URL', withClaims({ htu: `${endpoint}other` }))
  rejects('21, RFC 9449 section 4.3-11: "iat" an hour ahead', withClaims({ iat: now + 3600 }))
  rejects('22, RFC 9449 section 4.3-11: "iat" an hour ago', withClaims({ iat: now - 3600 }))
  accepts('23, RFC 9449 section 11.1: a "jti" for the first time', { proof: { jti: 'a jti of its own' } })
  test('24, RFC 9449 section 11.1: a "jti" for the second time', async () => {
    const server = createServer()
    const accessToken = server.mint()
    expect((await server.send({ accessToken, proof: { jti: 'once' } })).status).toBe(200)
    const answer = await server.send({ accessToken, proof: { jti: 'once' } })
    expect(answer.status).toBe(401)
    expect(answer.error).toBe('invalid_dpop_proof')
  })
  rejects('25, RFC 9449 section 4.3-12: the "ath" of another token', { proof: { accessToken: 'another token' } })
  test('26, RFC 9449 section 4.3-12: a proof of another key', async () => {
    const server = createServer()
    const accessToken = server.mint()
    const answer = await server.send({ accessToken, client: createProofClient() })
    expect(answer.status).toBe(401)
    expect(answer.error).toBe('invalid_token')
    expect((await server.send({ accessToken })).status).toBe(200)
  })
  accepts('27, RFC 9449 section 4.2: other parameters and claims', {
    proof: { header: { tx_id: now }, claims: { tx_id_key: now } },
  })
  accepts(
    '28, RFC 3986 section 6.2.2: scheme and host of "htu" in upper case',
    withClaims({
      htu: 'HTTPS://API.EXAMPLE.COM/accounts',
    }),
  )
  accepts(
    '29, RFC 3986 section 6.2.3: "htu" with the default port',
    withClaims({
      htu: 'https://api.example.com:443/accounts',
    }),
  )
  rejects('30, RFC 9449 section 7.1: no proof', { proofs: () => [] })
  test('31, RFC 9449 section 7.2: no proof, and the token as Bearer', async () => {
    const server = createServer()
    const accessToken = server.mint()
    const answer = await server.send({ accessToken, scheme: 'Bearer', proofs: () => [] })
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toEqual({ algs: 'ES256 PS256 Ed25519 EdDSA' })
    expect((await server.send({ accessToken })).status).toBe(200)
  })
  test('32: a good proof with the same token, after all rejected requests', async () => {
    const server = createServer()
    const accessToken = server.mint()
    const bad: RequestParts[] = [
      withClaims({ htm: 'PUT' }),
      withClaims({ iat: now - 3600 }),
      withHeader({ typ: 'JWT' }),
      { proofs: (proof) => [tamper(proof)] },
      { proofs: () => [] },
      { scheme: 'Bearer' },
    ]
    for (const parts of bad) expect((await server.send({ accessToken, ...parts })).status).toBe(401)
    expect((await server.send({ accessToken })).status).toBe(200)
  })

  accepts('nbf-exp: a proof with "nbf" of now and "exp" in five minutes', withClaims({ nbf: now, exp: now + 300 }))
  accepts('iat-10seconds-before: "iat" ten seconds ago', withClaims({ iat: now - 10 }))
  accepts('iat-10seconds-after: "iat" ten seconds ahead', withClaims({ iat: now + 10 }))
  accepts('header-case-sensitivity: the scheme in inverted case', { scheme: 'dpOp' })
})

describe('FAPI 2.0 section 5.3.3, resource servers', () => {
  test('1: a token in the Authorization field is accepted', async () => {
    expect((await createServer().send()).status).toBe(200)
  })

  test('2: a token in the query is not accepted, and the challenge has no error', async () => {
    const server = createServer()
    const answer = await server.sendBare([], `/accounts?access_token=${server.mint()}`)
    expect(answer.status).toBe(401)
    expect(answer.error).toBeUndefined()
  })

  test('2: a token in the query beside one in the field is rejected', async () => {
    const server = createServer()
    const answer = await server.send({ target: `/accounts?access_token=${server.mint()}` })
    expect([answer.status, answer.error]).toEqual([400, 'invalid_request'])
  })

  test('3, validity and integrity: a token that the issuer did not sign is rejected', async () => {
    const server = createServer()
    const answer = await server.send({ mint: { privateKey: createProofClient().privateKey } })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('3, validity: a token that is not an access token is rejected', async () => {
    const answer = await createServer().send({ mint: { header: { typ: 'JWT' } } })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('3, expiration: an expired token is rejected', async () => {
    const answer = await createServer().send({ claims: { exp: now - 60 } })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('3, revocation status: a token is rejected as soon as it is revoked', async () => {
    const revoked = new Set<unknown>()
    const server = createServer({ isRevoked: ({ claims }: { claims: { jti?: unknown } }) => revoked.has(claims.jti) })
    const accessToken = server.mint({ claims: { jti: 'token 1' } })
    expect((await server.send({ accessToken })).status).toBe(200)
    revoked.add('token 1')
    const answer = await server.send({ accessToken })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('4: a token that lacks a scope is rejected as RFC 6750 section 3.1 says', async () => {
    const answer = await createServer({ requiredScopes: ['accounts'] }).send()
    expect(answer.status).toBe(403)
    expect(paramsOf(answer)).toMatchObject({ error: 'insufficient_scope', scope: 'accounts' })
  })

  test('5: a token that is not bound is rejected, with and without a proof', async () => {
    const server = createServer()
    const answer = await server.send({ claims: { cnf: undefined } })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
    expect((await server.send({ claims: { cnf: undefined }, scheme: 'Bearer', proofs: () => [] })).status).toBe(401)
  })

  test('5: Bearer is never offered', async () => {
    const { challenges } = await createServer().sendBare()
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['DPoP'])
  })
})

describe('FAPI 2.0 section 5.4, cryptography', () => {
  test.each(['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const)('a proof may be signed with %s', async (alg) => {
    expect((await createServer().send({ client: createProofClient(alg) })).status).toBe(200)
  })

  test.each(['ES384', 'ES512', 'RS256'] as const)('a proof may not be signed with %s', async (alg) => {
    const answer = await createServer().send({ client: createProofClient(alg) })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_dpop_proof'])
  })

  test.each(['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const)('an access token may be signed with %s', async (alg) => {
    expect((await createServer({}, createTestIssuer({ alg })).send()).status).toBe(200)
  })

  test.each(['ES384', 'ES512', 'RS256'] as const)('an access token may not be signed with %s', async (alg) => {
    const answer = await createServer({}, createTestIssuer({ alg })).send()
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('an RSA key of 2040 bits is too short, one of 2048 is not', async () => {
    const short = await createServer().send({ client: createProofClient('PS256', { modulusLength: 2040 }) })
    expect([short.status, short.error]).toEqual([401, 'invalid_dpop_proof'])
    const client = createProofClient('PS256', { modulusLength: 2048 })
    expect((await createServer().send({ client })).status).toBe(200)
  })

  test('the algorithms of the profile are the advertised ones', async () => {
    expect(paramsOf(await createServer().sendBare())).toEqual({ algs: 'ES256 PS256 Ed25519 EdDSA' })
  })
})

describe('FAPI 2.0 section 5.3.2.1, clocks', () => {
  test.each([0, 5, 10])('"iat" %i seconds ahead is accepted', async (ahead) => {
    expect((await createServer().send(withClaims({ iat: now + ahead }))).status).toBe(200)
  })

  test.each([61, 300])('"iat" %i seconds ahead is rejected', async (ahead) => {
    expect((await createServer().send(withClaims({ iat: now + ahead }))).error).toBe('invalid_dpop_proof')
  })

  test.each([0, 5, 10])('"nbf" of a proof %i seconds ahead is accepted', async (ahead) => {
    expect((await createServer().send(withClaims({ nbf: now + ahead }))).status).toBe(200)
  })

  test('"nbf" of a proof 61 seconds ahead is rejected', async () => {
    expect((await createServer().send(withClaims({ nbf: now + 61 }))).error).toBe('invalid_dpop_proof')
  })

  test('"nbf" of an access token 61 seconds ahead is rejected', async () => {
    expect((await createServer().send({ claims: { nbf: now + 61 } })).error).toBe('invalid_token')
  })
})
