import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { createProofClient, type SignatureAlgorithm } from './proof-client.js'
import {
  createTestIssuer,
  type IssuerBehaviour,
  type IssuerServer,
  type IssuerServerOptions,
  startIssuerServer,
  type TestIssuer,
} from './test-issuer.js'

const now = 1_700_000_000

/** The type that jose has for the key set, in which `kty` is required. */
const keySet = ({ jwks }: TestIssuer): JSONWebKeySet => ({
  keys: jwks.keys.map(({ kty = '', ...members }) => ({ kty, ...members })),
})

const verify = (issuer: TestIssuer, token: string) =>
  jwtVerify(token, createLocalJWKSet(keySet(issuer)), {
    issuer: issuer.issuer,
    audience: 'https://api.example.com',
    typ: 'at+jwt',
    requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
    currentDate: new Date(now * 1000),
  })

describe('a minted token', () => {
  test.each<SignatureAlgorithm>(['ES256', 'RS256', 'PS256', 'EdDSA'])('is verified by jose with %s', async (alg) => {
    const issuer = createTestIssuer({ alg, kid: 'a' })
    const { payload, protectedHeader } = await verify(issuer, issuer.mint({ now, cnf: { jkt: 'x' } }))
    expect(protectedHeader).toEqual({ typ: 'at+jwt', alg, kid: 'a' })
    expect(payload).toEqual({
      iss: 'https://as.example.com',
      aud: 'https://api.example.com',
      sub: 'alice',
      client_id: 'client-1',
      iat: now,
      exp: now + 300,
      jti: expect.any(String),
      scope: 'orders:read orders:write',
      cnf: { jkt: 'x' },
    })
    expect(issuer.jwks.keys).toEqual([expect.objectContaining({ kid: 'a', alg, use: 'sig' })])
    expect(issuer.jwks.keys[0]).not.toHaveProperty('d')
  })

  test('takes overrides, and undefined removes a member', () => {
    const token = createTestIssuer().mint({ now, aud: undefined, sub: 'bob' }, { header: { typ: undefined, kid: 'z' } })
    expect(decodeJwt(token)).toMatchObject({ sub: 'bob' })
    expect(decodeJwt(token)).not.toHaveProperty('aud')
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: 'z' })
  })

  test('fails verification when another key signed it', async () => {
    const issuer = createTestIssuer()
    const { privateKey } = createProofClient('ES256')
    await expect(verify(issuer, issuer.mint({ now }, { privateKey }))).rejects.toThrow('signature verification failed')
    await expect(verify(issuer, issuer.mint({ now }, { kid: 'k9' }))).rejects.toThrow('no applicable key')
  })
})

describe('rotation', () => {
  test.each<SignatureAlgorithm>(['ES256', 'RS256'])('keeps the old %s key on request', async (alg) => {
    const issuer = createTestIssuer({ alg })
    const { keys } = issuer.jwks
    const old = issuer.mint({ now })
    expect(issuer.rotate('k2', 'keep-old')).toBe('k2')
    expect(keys.map((key) => key.kid)).toEqual(['k1', 'k2'])
    await verify(issuer, old)
    expect((await verify(issuer, issuer.mint({ now }))).protectedHeader.kid).toBe('k2')
  })

  test('withdraws the old key on request', async () => {
    const issuer = createTestIssuer()
    const { keys } = issuer.jwks
    const old = issuer.mint({ now })
    issuer.rotate('k2', 'withdraw-old')
    expect(keys.map((key) => key.kid)).toEqual(['k2'])
    await expect(verify(issuer, old)).rejects.toThrow('no applicable key')
    await verify(issuer, issuer.mint({ now }))
  })
})

describe('the issuer server', () => {
  const servers: IssuerServer[] = []
  const start = async (options?: IssuerServerOptions) => {
    const server = await startIssuerServer(options)
    servers.push(server)
    return { server, origin: new URL(server.issuer).origin }
  }
  const json = async (url: string) => (await (await fetch(url)).json()) as Record<string, unknown>

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })

  test('serves both documents and a key set that verifies its tokens', async () => {
    const { server, origin } = await start()
    const metadata = await json(`${origin}/.well-known/oauth-authorization-server`)
    expect(metadata).toMatchObject({ issuer: server.issuer, jwks_uri: `${origin}/jwks` })
    expect(await json(`${origin}/.well-known/openid-configuration`)).toEqual(metadata)
    const { payload } = await jwtVerify(server.mint({ now }), createRemoteJWKSet(new URL(String(metadata.jwks_uri))), {
      currentDate: new Date(now * 1000),
    })
    expect(payload.iss).toBe(server.issuer)
    expect(server.requests).toEqual({ metadata: 2, jwks: 1 })
  })

  test.each<SignatureAlgorithm>(['ES256', 'PS256', 'Ed25519'])('says that it signs with %s', async (alg) => {
    const { server, origin } = await start({ alg })
    const metadata = await json(`${origin}/.well-known/openid-configuration`)
    expect(metadata.id_token_signing_alg_values_supported).toEqual([alg])
    expect(decodeProtectedHeader(server.mint()).alg).toBe(alg)
  })

  test('puts the path of the issuer where each standard wants it', async () => {
    const { server, origin } = await start({ path: '/tenant1' })
    expect(server.issuer).toBe(`${origin}/tenant1`)
    const urls = ['/.well-known/oauth-authorization-server/tenant1', '/tenant1/.well-known/openid-configuration']
    for (const url of urls) expect(await json(origin + url)).toMatchObject({ issuer: server.issuer })
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(404)
    expect(server.requests.metadata).toBe(2)
  })

  test.each([
    ['oauth', 200, 404],
    ['oidc', 404, 200],
  ] as const)('serves only the %s document on request', async (metadata, oauth, oidc) => {
    const { origin } = await start({ metadata })
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(oauth)
    expect((await fetch(`${origin}/.well-known/openid-configuration`)).status).toBe(oidc)
  })

  test('publishes a rotated key at once', async () => {
    const { server, origin } = await start()
    server.rotate('k2', 'withdraw-old')
    expect(await json(`${origin}/jwks`)).toMatchObject({ keys: [{ kid: 'k2' }] })
  })

  test.each<[IssuerBehaviour, (metadata: string, jwks: string) => Promise<void>]>([
    ['down', (url) => expect(fetch(url)).rejects.toThrow('fetch failed')],
    [
      'hang',
      (url) => expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow('aborted due to timeout'),
    ],
    ['error-500', async (url) => expect((await fetch(url)).status).toBe(500)],
    ['not-json', (url) => expect(json(url)).rejects.toThrow('not valid JSON')],
    ['wrong-issuer', async (url) => expect((await json(url)).issuer).toBe('https://attacker.example')],
    ['no-jwks-uri', async (url) => expect(await json(url)).not.toHaveProperty('jwks_uri')],
    ['empty-keys', async (_, url) => expect(await json(url)).toEqual({ keys: [] })],
  ])('can be %s, and recover', async (behaviour, check) => {
    const { server, origin } = await start()
    const metadata = `${origin}/.well-known/oauth-authorization-server`
    server.behave(behaviour)
    await check(metadata, `${origin}/jwks`)
    server.behave('normal')
    expect(await json(metadata)).toMatchObject({ issuer: server.issuer, jwks_uri: `${origin}/jwks` })
    expect(await json(`${origin}/jwks`)).toEqual(server.jwks)
  })

  test('can redirect to a good document, and counts the requests that follow', async () => {
    const { server, origin } = await start()
    server.behave('redirect')
    const response = await fetch(`${origin}/jwks`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/moved/jwks'])
    expect(await json(`${origin}/jwks`)).toEqual(server.jwks)
    expect(server.requests.jwks).toBe(3)
  })

  test('can send an endless body until the reader gives up', async () => {
    const { server, origin } = await start()
    server.behave('huge')
    let length = 0
    for await (const chunk of (await fetch(`${origin}/jwks`)).body ?? []) {
      length += chunk.length
      if (length > 5_000_000) break
    }
    expect(length).toBeGreaterThan(5_000_000)
  })

  test('can misbehave in one document only', async () => {
    const { server, origin } = await start()
    server.behave('error-500', 'jwks')
    expect((await fetch(`${origin}/jwks`)).status).toBe(500)
    expect((await fetch(`${origin}/.well-known/openid-configuration`)).status).toBe(200)
  })

  test('rejects a behaviour and a document that it does not know', async () => {
    const { server } = await start()
    expect(() => server.behave('dead' as never)).toThrow('"behaviour" must be "normal", "down"')
    expect(() => server.behave('down', 'keys' as never)).toThrow(
      '"document" must be "metadata", "jwks" or "both", got "keys"',
    )
  })

  test('closes while a request hangs', async () => {
    const { server, origin } = await start()
    server.behave('hang')
    const answer = expect(fetch(`${origin}/jwks`)).rejects.toThrow('fetch failed')
    await expect.poll(() => server.requests.jwks).toBe(1)
    await servers.pop()?.close()
    await answer
  })
})
