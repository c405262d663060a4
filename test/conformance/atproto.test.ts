/** AT Protocol, OAuth specification, section "Demonstrating Proof of Possession (DPoP)", the rules for a resource server. */
import { atproto } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { type Answer, createResourceServer, now, paramsOf } from './resource-server.js'

const resource = 'https://pds.example.com'
const secrets = ['the secret of a personal data server, of 32 bytes']

const createServer = (options = {}, issuer = createTestIssuer()) =>
  createResourceServer({ ...atproto, resource, nonce: { secrets }, ...options }, issuer)

/** The nonce of a response. The response must have exactly one and forbid caching. */
function nonceOf(answer: Answer): string {
  const [nonce = '', ...others] = answer.header('DPoP-Nonce')
  expect(others).toEqual([])
  expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(answer.header('Cache-Control')).toEqual(['no-store'])
  return nonce
}

describe('AT Protocol, server-provided nonces are mandatory', () => {
  test('a proof without a nonce is rejected, and the retry with the nonce is accepted', async () => {
    const server = createServer()
    const rejected = await server.send()
    expect(rejected.status).toBe(401)
    expect(paramsOf(rejected)).toMatchObject({ error: 'use_dpop_nonce' })
    expect((await server.send({ proof: { nonce: nonceOf(rejected) } })).status).toBe(200)
  })

  test('a nonce that the server did not make is rejected', async () => {
    const rejected = await createServer().send({ proof: { nonce: 'nonce-of-the-client' } })
    expect([rejected.status, rejected.error]).toEqual([401, 'use_dpop_nonce'])
  })

  test('the clock of the client does not matter', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    for (const iat of [now - 86_400, now + 86_400]) {
      expect((await server.send({ proof: { nonce, claims: { iat } } })).status).toBe(200)
    }
  })
})

describe('AT Protocol, every response has a nonce', () => {
  test('also to a client that has the newest', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    const answer = await server.send({ proof: { nonce } })
    expect(answer.status).toBe(200)
    expect(nonceOf(answer)).toBe(nonce)
  })

  test('also to every rejected request', async () => {
    const server = createServer({ requiredScopes: ['atproto'] })
    const nonce = nonceOf(await server.sendBare())
    const answers = [
      await server.sendBare(),
      await server.sendBare(['Authorization', 'DPoP']),
      await server.sendBare(['Authorization', 'Bearer abc']),
      await server.send({ proofs: () => [] }),
      await server.send({ claims: { exp: now - 60 } }),
      await server.send({ proof: { nonce, claims: { htm: 'PUT' } } }),
      await server.send({ proof: { nonce } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 401, 401, 401, 401, 403])
    expect(answers.map(nonceOf)).toEqual(answers.map(() => nonce))
  })

  test('also when the server cannot decide', async () => {
    const replay = { addIfAbsent: () => Promise.reject(new Error('connection lost')) }
    const server = createServer({ replayStore: replay })
    const nonce = nonceOf(await server.sendBare())
    const answer = await server.send({ proof: { nonce } })
    expect(answer.status).toBe(503)
    expect(nonceOf(answer)).toBe(nonce)
  })
})

describe('AT Protocol, life of a nonce', () => {
  test('nonces are rotated: there is another one after each rotation, and after five minutes', async () => {
    const server = createServer()
    const seen = new Set<string>()
    for (let passed = 0; passed <= 300; passed += 60) {
      server.clock.now = now + passed
      seen.add(nonceOf(await server.sendBare()))
    }
    expect(seen.size).toBe(6)
  })

  test('a nonce that has just been replaced is still accepted', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    server.clock.now += 60
    const answer = await server.send({ proof: { nonce } })
    expect(answer.status).toBe(200)
    expect(nonceOf(answer)).not.toBe(nonce)
  })

  test('a nonce is accepted for five minutes at most, two of them by default', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    const statuses: Record<number, number> = {}
    for (const passed of [0, 119, 120, 300, 301, 3600]) {
      server.clock.now = now + passed
      statuses[passed] = (await server.send({ proof: { nonce } })).status
    }
    expect(statuses).toEqual({ 0: 200, 119: 200, 120: 401, 300: 401, 301: 401, 3600: 401 })
  })

  test('clients share the nonces of a server, and so do its processes', async () => {
    const issuer = createTestIssuer()
    const [one, other] = [createServer({}, issuer), createServer({}, issuer)]
    const nonce = nonceOf(await one.sendBare())
    expect(nonceOf(await other.sendBare())).toBe(nonce)
    expect((await one.send({ client: createProofClient(), proof: { nonce } })).status).toBe(200)
    expect((await other.send({ proof: { nonce } })).status).toBe(200)
  })

  test('another server with the same secret has other nonces', async () => {
    const nonce = nonceOf(await createServer({ resource: 'https://other.example.com' }).sendBare())
    expect((await createServer().send({ proof: { nonce } })).error).toBe('use_dpop_nonce')
  })
})

describe('AT Protocol, proofs', () => {
  test('ES256 is supported, and advertised', async () => {
    const server = createServer()
    const answer = await server.sendBare()
    expect(paramsOf(answer).algs?.split(' ')).toContain('ES256')
    const client = createProofClient('ES256')
    expect((await server.send({ client, proof: { nonce: nonceOf(answer) } })).status).toBe(200)
  })

  test('a "jti" is accepted once, while its nonce lives', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    const accessToken = server.mint()
    const parts = { accessToken, proof: { nonce, jti: 'once' } }
    expect((await server.send(parts)).status).toBe(200)
    server.clock.now += 119
    expect((await server.send(parts)).error).toBe('invalid_dpop_proof')
    server.clock.now += 1
    expect((await server.send(parts)).error).toBe('use_dpop_nonce')
  })

  test('a token without a key is rejected, and Bearer is not offered', async () => {
    const server = createServer()
    const nonce = nonceOf(await server.sendBare())
    const answer = await server.send({ claims: { cnf: undefined }, proof: { nonce } })
    expect([answer.status, answer.error]).toEqual([401, 'invalid_token'])
    expect(answer.challenges.map(({ scheme }) => scheme)).toEqual(['DPoP'])
  })

  test('scripts of other origins may read the nonce', async () => {
    const answer = await createServer().sendBare(['Origin', 'https://app.example.net'])
    nonceOf(answer)
    const [exposed = ''] = answer.header('Access-Control-Expose-Headers')
    expect(exposed.split(', ')).toEqual(expect.arrayContaining(['DPoP-Nonce', 'WWW-Authenticate']))
  })
})

describe('AT Protocol, resource server metadata', () => {
  test('the document is at the well-known path and names one authorization server', () => {
    const { guard, issuer } = createServer({ resourceMetadata: {} })
    expect(guard.resourceMetadata?.path).toBe('/.well-known/oauth-protected-resource')
    expect(JSON.parse(guard.resourceMetadata?.body ?? '')).toMatchObject({ authorization_servers: [issuer.issuer] })
  })
})
