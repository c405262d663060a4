/**
 * Model Context Protocol: the conformance project's checks of a server that uses DPoP (modelcontextprotocol/conformance issue 369
 * and pull request 395), and the resource server's part of the authorization specification.
 */
import { createHmac } from 'node:crypto'
import { mcp } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import {
  createResourceServer,
  describeAnswer,
  now,
  paramsOf,
  type RequestParts,
  type ResourceServer,
  reHead,
  tamper,
} from './resource-server.js'

const resource = 'https://mcp.example.com/mcp'
const resource_metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

const createServer = (options = {}) => createResourceServer({ ...mcp, resource, ...options })

/** Rejected with 401 and a DPoP challenge, by a server that accepts a good proof with the same token. */
function rejects(name: string, parts: RequestParts | ((server: ResourceServer) => RequestParts)): void {
  test(name, async () => {
    const server = createServer()
    const accessToken = server.mint()
    const answer = await server.send({
      method: 'POST',
      accessToken,
      ...(typeof parts === 'function' ? parts(server) : parts),
    })
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toMatchObject({ error: 'invalid_dpop_proof', resource_metadata })
    expect((await server.send({ method: 'POST', accessToken })).status).toBe(200)
  })
}

const withClaims = (claims: Record<string, unknown>): RequestParts => ({ proof: { claims } })

describe('MCP conformance, DPoP at a server (SEP-1932)', () => {
  test('validate-proof: a good proof is accepted', async () => {
    expect((await createServer().send({ method: 'POST' })).status).toBe(200)
  })
  rejects('validate-proof: a tampered signature', { proofs: (proof) => [tamper(proof)] })
  rejects('validate-proof: no "jti"', withClaims({ jti: undefined }))
  rejects('validate-proof: no "htm"', withClaims({ htm: undefined }))
  rejects('validate-proof: no "htu"', withClaims({ htu: undefined }))
  rejects('validate-proof: no "iat"', withClaims({ iat: undefined }))
  rejects('validate-proof: no "jwk"', { proof: { header: { jwk: undefined } } })
  rejects('validate-proof: no "ath"', withClaims({ ath: undefined }))
  rejects('validate-proof: another "typ"', { proof: { header: { typ: 'jwt' } } })
  rejects('validate-proof: another "htu"', withClaims({ htu: 'https://wrong.example.com/mcp' }))
  rejects('validate-proof: another "htm"', withClaims({ htm: 'GET' }))
  rejects('validate-proof: another "ath"', withClaims({ ath: 'not-the-right-hash' }))
  rejects('validate-proof: a private key in "jwk"', ({ client }) => ({
    proof: { header: { jwk: client.privateKey.export({ format: 'jwk' }) } },
  }))
  rejects('validate-proof: two proofs', (server) => ({
    proofs: (proof) => [proof, server.client.proof({ method: 'POST', url: resource, now })],
  }))
  rejects('validate-proof: a string that is not a JWT', { proofs: () => ['this-is-not-a-jwt'] })
  test('validate-proof: a token that is bound to another key', async () => {
    const server = createServer()
    const answer = await server.send({ method: 'POST', claims: { cnf: { jkt: createProofClient().jkt } } })
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toMatchObject({ error: 'invalid_token', resource_metadata })
  })

  test('reject-bearer-downgrade: a bound token as Bearer, with a good proof beside it', async () => {
    const server = createServer()
    const accessToken = server.mint()
    const answer = await server.send({ method: 'POST', scheme: 'Bearer', accessToken })
    expect(answer.status).toBe(401)
    expect(answer.challenges.map(({ scheme }) => scheme)).toEqual(['DPoP'])
    expect((await server.send({ method: 'POST', accessToken })).status).toBe(200)
  })

  test.each([-300, 300])('iat-window: an "iat" of %i seconds from now is accepted', async (offset) => {
    expect((await createServer().send(withClaims({ iat: now + offset }))).status).toBe(200)
  })
  rejects('iat-window: an "iat" just more than five minutes ago', withClaims({ iat: now - 301 }))
  rejects('iat-window: an "iat" just more than five minutes ahead', withClaims({ iat: now + 301 }))

  rejects('asymmetric-alg-only: none', {
    proofs: (proof) => [reHead(proof, (header) => ({ ...header, alg: 'none' }), '')],
  })
  rejects('asymmetric-alg-only: a MAC with the public key as its secret', ({ client }) => ({
    proofs(proof) {
      const unsigned = reHead(proof, (header) => ({ ...header, alg: 'HS256' }), '')
      const mac = createHmac('sha256', client.publicKey.export({ type: 'spki', format: 'pem' }))
      return [unsigned + mac.update(unsigned.slice(0, -1)).digest('base64url')]
    },
  }))

  test('audience-validation: a token for another server, with a good proof', async () => {
    const server = createServer()
    const answer = await server.send({ method: 'POST', claims: { aud: 'https://not-this-server.example.com/mcp' } })
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toMatchObject({ error: 'invalid_token', resource_metadata })
  })

  test('nonce: a challenge, an accepted retry, and a wrong nonce that is rejected', async () => {
    const server = createServer({ freshness: 'nonce', nonce: { secrets: ['a secret of the MCP server, of 32 bytes'] } })
    const first = await server.send({ method: 'POST' })
    expect([first.status, first.error]).toEqual([401, 'use_dpop_nonce'])
    const [nonce = ''] = first.header('DPoP-Nonce')
    expect((await server.send({ method: 'POST', proof: { nonce } })).status).toBe(200)
    const wrong = await server.send({ method: 'POST', proof: { nonce: 'definitely-not-the-server-nonce' } })
    expect([wrong.status, wrong.error]).toEqual([401, 'use_dpop_nonce'])
  })
})

describe('MCP authorization, protected resource metadata', () => {
  test('the document names at least one authorization server', () => {
    const { guard, issuer } = createServer()
    expect(JSON.parse(guard.resourceMetadata?.body ?? '')).toMatchObject({
      resource,
      authorization_servers: [issuer.issuer],
      dpop_bound_access_tokens_required: true,
    })
  })

  test('a client without a token finds the document through the challenge, and at the well-known path', async () => {
    const server = createServer()
    const answer = await server.sendBare()
    expect(answer.status).toBe(401)
    expect(paramsOf(answer)).toMatchObject({ resource_metadata })
    expect(server.guard.resourceMetadata).toMatchObject({
      url: resource_metadata,
      path: '/.well-known/oauth-protected-resource/mcp',
    })
  })
})

describe('MCP authorization, tokens', () => {
  test('the challenge says which scopes are needed', async () => {
    const answer = await createServer({ requiredScopes: ['tools:call', 'files:read'] }).sendBare()
    expect(paramsOf(answer)).toMatchObject({ scope: 'tools:call files:read' })
  })

  test('every request of a session needs its own credentials', async () => {
    const server = createServer()
    const session = ['Mcp-Session-Id', 'session-1']
    expect((await server.send({ method: 'POST', headers: session })).status).toBe(200)
    expect((await server.sendBare(session)).status).toBe(401)
  })

  test('a token in the query is not accepted', async () => {
    const server = createServer()
    expect((await server.sendBare([], `/mcp?access_token=${server.mint()}`)).status).toBe(401)
  })

  test.each([
    ['an expired token', { exp: now - 60 }],
    ['a token of another issuer', { iss: 'https://other.example.com' }],
    ['a token for several other servers', { aud: ['https://mcp.example.com', 'https://mcp.example.com/mcp/'] }],
  ])('%s is answered with 401 and invalid_token', async (_, claims) => {
    const answer = await createServer().send({ method: 'POST', claims })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
  })

  test('a malformed request is answered with 400', async () => {
    const answer = await createServer().sendBare(['Authorization', 'DPoP'])
    expect([answer.status, answer.error]).toEqual([400, 'invalid_request'])
  })

  test('a missing scope is answered with 403, insufficient_scope, all scopes of the operation and the document', async () => {
    const server = createServer({ requiredScopes: ['tools:call'] })
    const accessToken = server.mint({ claims: { scope: 'tools:call' } })
    const { client, guard } = server
    const dpop = client.proof({ method: 'POST', url: resource, now, accessToken })
    const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', dpop]
    const verdict = await guard.check({ method: 'POST', target: '/mcp', headers })
    if (!verdict.accepted) throw new Error(verdict.reason)
    const rejection = guard.checkScopes(verdict.auth, ['files:read', 'files:write'])
    if (rejection === undefined) throw new Error('no scope is missing')
    const answer = describeAnswer(rejection)
    expect(answer.status).toBe(403)
    expect(paramsOf(answer)).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a required scope',
      scope: 'tools:call files:read files:write',
      resource_metadata,
      algs: 'ES256 PS256 Ed25519 EdDSA',
    })
  })

  test('a proof is accepted once, until the last second of its ten minutes', async () => {
    const server = createServer()
    const accessToken = server.mint({ claims: { exp: now + 3600 } })
    const parts = { method: 'POST', accessToken, proof: { jti: 'once', claims: { iat: now + 300 } } }
    expect((await server.send(parts)).status).toBe(200)
    expect((await server.send(parts)).error).toBe('invalid_dpop_proof')
    server.clock.now += 600
    expect((await server.send({ ...parts, proof: { ...parts.proof, jti: 'another' } })).status).toBe(200)
    expect((await server.send(parts)).error).toBe('invalid_dpop_proof')
  })

  test('the claim for a body digest, of an earlier draft, is ignored', async () => {
    expect((await createServer().send(withClaims({ content_digest: 'sha-256=:AAAA:' }))).status).toBe(200)
  })
})
