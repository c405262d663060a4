import { type FailureRule, failures, type GuardOptions, type GuardRequest, type Reason } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { bearerAuthOf, createScene, now, type RequestParts, resource } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

type Scene = ReturnType<typeof createScene>

/** A request that fails for one reason, and the two sides of the comparison. */
interface Compared {
  readonly request?: RequestParts
  readonly options?: Partial<GuardOptions>
  /** For a request that is not made of a good one with other parts. */
  readonly make?: (scene: Scene) => GuardRequest
  readonly name: string
  readonly expected: readonly unknown[]
  readonly received: readonly unknown[]
}

interface NotCompared {
  readonly because: string
}

const header = (parts: Record<string, unknown>) => ({ proof: { header: parts } })
const claims = (parts: Record<string, unknown>) => ({ proof: { claims: parts } })
const bearer: Partial<GuardOptions> = { mode: 'bearer-and-dpop' }
const nonces: Partial<GuardOptions> = { freshness: 'nonce', nonce: { issue: () => 'n', check: () => false } }
const thumbprint = `${'x'.repeat(42)}w`
const text = expect.any(String)

const asBearer = ({ mint }: Scene, token: Record<string, unknown> = {}): GuardRequest => ({
  method: 'GET',
  target: '/orders',
  headers: ['Authorization', `Bearer ${mint(token)}`],
})

const withAuthorization = (value: string): GuardRequest => ({
  method: 'GET',
  target: '/orders',
  headers: ['Authorization', value],
})

const outage: NotCompared = { because: 'nothing was decided; the event has the error' }
const shape: NotCompared = { because: 'the reason says which form is wrong, and the value holds a credential' }
const presence: NotCompared = { because: 'the reason says what is there and what is not' }

/** One for every reason, so that a new reason needs a row too. */
const table: Record<Reason, NotCompared | readonly [Compared, ...Compared[]]> = {
  credentials_missing: presence,
  scheme_unsupported: [
    { make: () => withAuthorization('Basic c2VjcmV0'), name: 'Authorization', expected: ['DPoP'], received: ['Basic'] },
    { make: (scene) => asBearer(scene), name: 'Authorization', expected: ['DPoP'], received: ['Bearer'] },
    {
      make: ({ mint }) => withAuthorization(mint()),
      name: 'Authorization',
      expected: ['DPoP'],
      received: ['an unknown scheme, or a token without one'],
    },
  ],
  proof_without_token: presence,
  token_in_query: presence,
  token_in_form: presence,
  authorization_malformed: shape,
  authorization_repeated: presence,
  authorization_ambiguous: presence,
  token_repeated: presence,
  bearer_with_proof: presence,
  target_malformed: { because: 'the reason says which form is wrong, and the event has the path' },
  target_foreign: [
    {
      request: { target: 'https://user.example/orders?secret' },
      name: 'request target',
      expected: [resource],
      received: ['https://user.example'],
    },
  ],
  target_not_uri: [
    { request: { target: '/50%?secret' }, name: 'request target', expected: ['a URI (RFC 3986)'], received: ['/50%'] },
  ],
  host_malformed: [
    {
      make: ({ request }) => ({ ...request(), headers: ['Host', 'a.example', 'Host', 'secret@b.example'] }),
      options: { credentials: 'optional' },
      name: 'Host',
      expected: ['one host'],
      received: ['a.example', 'b.example'],
    },
    {
      make: ({ request }) => ({ ...request(), headers: ['Host', 'a/b'] }),
      options: { credentials: 'optional' },
      name: 'Host',
      expected: ['uri-host [ ":" port ]'],
      received: ['a/b'],
    },
  ],

  token_malformed: { because: 'what is not a token has no parts to compare, and is not shown' },
  token_typ: [
    {
      make: (scene) => scene.request({ accessToken: unsigned({ typ: 'JWT' }, { iss: scene.issuer.issuer }) }),
      name: 'typ',
      expected: ['at+jwt'],
      received: ['JWT'],
    },
    {
      make: (scene) => scene.request({ accessToken: unsigned({}, { iss: scene.issuer.issuer }) }),
      name: 'typ',
      expected: ['at+jwt'],
      received: ['missing'],
    },
    {
      options: { tokenTyp: 'any' },
      make: (scene) =>
        scene.request({ accessToken: unsigned({ typ: 'JWT' }, { iss: scene.issuer.issuer, nonce: 'secret' }) }),
      name: 'nonce',
      expected: ['missing'],
      received: ['present'],
    },
  ],
  token_algorithm: [
    {
      make: (scene) =>
        scene.request({ accessToken: unsigned({ typ: 'at+jwt', alg: 'HS256' }, { iss: scene.issuer.issuer }) }),
      name: 'alg',
      expected: expect.arrayContaining(['ES256', 'RS256']),
      received: ['HS256'],
    },
  ],
  token_key_unknown: [
    {
      make: (scene) =>
        scene.request({
          accessToken: unsigned({ typ: 'at+jwt', alg: 'ES256', kid: 'other' }, { iss: scene.issuer.issuer }),
        }),
      name: 'kid',
      expected: [text],
      received: ['other'],
    },
  ],
  token_signature: { because: 'a signature verifies or not; there is no second one to compare with' },
  token_issuer: [
    {
      request: { token: { iss: 'https://b.example' } },
      name: 'iss',
      expected: ['https://as.example.com'],
      received: ['https://b.example'],
    },
    {
      request: { token: { iss: undefined } },
      name: 'iss',
      expected: ['https://as.example.com'],
      received: ['missing'],
    },
  ],
  token_issuer_not_allowed: [
    {
      options: { isIssuerAllowed: () => false },
      name: 'iss',
      expected: ['an issuer that isIssuerAllowed() allows for this request'],
      received: ['https://as.example.com'],
    },
    {
      options: {
        ...{ issuer: undefined, isIssuerAllowed: () => true },
        verifyAccessToken: () => ({ claims: { cnf: { jkt: 'a' } } }),
      },
      name: 'iss',
      expected: ['an issuer that isIssuerAllowed() allows for this request'],
      received: ['missing'],
    },
  ],
  token_audience: [
    { request: { token: { aud: ['a', 7] } }, name: 'aud', expected: [resource], received: ['a', 'number'] },
    { request: { token: { aud: undefined } }, name: 'aud', expected: [resource], received: ['missing'] },
    { request: { token: { aud: [] } }, name: 'aud', expected: [resource], received: [] },
  ],
  token_expired: [
    {
      request: { token: { exp: now - 10 } },
      name: 'exp',
      expected: [`later than ${now - 5}`],
      received: [`${now - 10}`],
    },
    {
      options: { issuer: undefined, verifyAccessToken: () => ({ claims: { exp: now - 10 } }) },
      name: 'exp',
      expected: [`later than ${now - 5}`],
      received: [`${now - 10}`],
    },
  ],
  token_not_yet_valid: [
    {
      request: { token: { nbf: now + 10 } },
      name: 'nbf',
      expected: [`${now + 5} or earlier`],
      received: [`${now + 10}`],
    },
    {
      options: { issuer: undefined, verifyAccessToken: () => ({ claims: { nbf: now + 10 } }) },
      name: 'nbf',
      expected: [`${now + 5} or earlier`],
      received: [`${now + 10}`],
    },
  ],
  token_claims: [
    { request: { token: { exp: undefined } }, name: 'exp', expected: ['present'], received: ['missing'] },
    { request: { token: { exp: 'secret' } }, name: 'exp', expected: ['a number'], received: ['string'] },
    { request: { token: { sub: ['secret'] } }, name: 'sub', expected: ['a string'], received: ['array'] },
    {
      request: { token: { jti: undefined } },
      options: { tokenClaims: 'rfc9068' },
      name: 'jti',
      expected: ['present'],
      received: ['missing'],
    },
    {
      options: { issuer: undefined, verifyAccessToken: () => ({ claims: { nbf: 'secret' } }) },
      name: 'nbf',
      expected: ['a number'],
      received: ['string'],
    },
    {
      options: { issuer: undefined, verifyAccessToken: () => ({ claims: { client_id: null } }) },
      name: 'client_id',
      expected: ['a string'],
      received: ['null'],
    },
  ],
  token_inactive: { because: 'the issuer, or your function, said no more than that' },
  token_revoked: { because: 'your hook said no more than that' },

  token_unbound: [{ request: { token: { cnf: undefined } }, name: 'cnf', expected: ['jkt'], received: ['missing'] }],
  token_binding_unconfirmed: [
    { request: { token: { cnf: 'secret' } }, name: 'cnf', expected: ['an object'], received: ['string'] },
    { request: { token: { cnf: { jwk: 'secret' } } }, name: 'cnf', expected: ['jkt', 'x5t#S256'], received: ['jwk'] },
    { request: { token: { cnf: { jkt: 'short' } } }, name: 'cnf.jkt', expected: [text], received: ['short'] },
    { request: { token: { cnf: { 'x5t#S256': thumbprint } } }, name: 'cnf', expected: ['jkt'], received: ['x5t#S256'] },
  ],
  token_bound_as_bearer: [
    { options: bearer, make: (scene) => asBearer(scene), name: 'cnf', expected: ['missing'], received: ['jkt'] },
    {
      options: bearer,
      make: (scene) => asBearer(scene, { cnf: { 'x5t#S256': thumbprint } }),
      name: 'cnf.x5t#S256',
      expected: [text],
      received: [thumbprint],
    },
  ],
  token_key_mismatch: [
    {
      request: { token: { cnf: { jkt: thumbprint } } },
      name: 'jkt',
      expected: [thumbprint],
      received: [expect.stringMatching(/^[\w-]{43}$/)],
    },
  ],

  proof_missing: presence,
  proof_repeated: presence,
  proof_too_long: [
    {
      options: { proof: { maxLength: 1024 } },
      request: claims({ long: 'secret'.repeat(200) }),
      name: 'DPoP',
      expected: ['at most 1024 characters'],
      received: [expect.stringMatching(/^\d{4} characters$/)],
    },
  ],
  proof_malformed: { because: 'what is not a proof has no parts to compare, and is not shown' },
  proof_typ: [
    { request: header({ typ: 'JWT' }), name: 'typ', expected: ['dpop+jwt'], received: ['JWT'] },
    { request: header({ typ: undefined }), name: 'typ', expected: ['dpop+jwt'], received: ['missing'] },
    { request: header({ typ: ['JWT'] }), name: 'typ', expected: ['dpop+jwt'], received: ['JWT'] },
  ],
  proof_algorithm: [
    {
      request: header({ alg: 'none' }),
      name: 'alg',
      expected: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      received: ['none'],
    },
    {
      request: header({ alg: 7 }),
      name: 'alg',
      expected: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      received: ['number'],
    },
  ],
  proof_header: [
    { request: header({ crit: ['secret'] }), name: 'crit', expected: ['missing'], received: ['present'] },
    { request: header({ b64: false }), name: 'b64', expected: ['missing'], received: ['present'] },
  ],
  proof_key: [
    { request: header({ jwk: undefined }), name: 'jwk', expected: ['a JWK'], received: ['missing'] },
    { make: withJwk({ kty: 'RSA' }), name: 'jwk.kty', expected: ['EC'], received: ['RSA'] },
    { make: withJwk({ crv: 'P-521' }), name: 'jwk.crv', expected: ['P-256'], received: ['P-521'] },
    { make: withJwk({ use: 'enc' }), name: 'jwk.use', expected: ['sig'], received: ['enc'] },
    { make: withJwk({ alg: 'ES384' }), name: 'jwk.alg', expected: ['ES256'], received: ['ES384'] },
    { make: withJwk({ key_ops: ['sign'] }), name: 'jwk.key_ops', expected: ['verify'], received: ['sign'] },
    { make: withJwk({ d: 'secret' }), name: 'jwk.d', expected: ['missing'], received: ['present'] },
    { make: withJwk({ x: 'secret' }), name: 'jwk.x', expected: ['32 bytes, base64url'], received: ['another string'] },
    { make: withJwk({ y: undefined }), name: 'jwk.y', expected: ['32 bytes, base64url'], received: ['missing'] },
  ],
  proof_claims: [
    { request: claims({ jti: undefined }), name: 'jti', expected: ['a string'], received: ['missing'] },
    { request: claims({ jti: '' }), name: 'jti', expected: ['a string'], received: ['an empty string'] },
    {
      request: claims({ jti: 's'.repeat(257) }),
      name: 'jti',
      expected: ['at most 256 characters'],
      received: ['257 characters'],
    },
    { request: claims({ htm: 7 }), name: 'htm', expected: ['a string'], received: ['number'] },
    { request: claims({ htu: undefined }), name: 'htu', expected: ['a string'], received: ['missing'] },
    { request: claims({ iat: String(now) }), name: 'iat', expected: ['a number, 0 or more'], received: ['string'] },
    { request: claims({ iat: -1 }), name: 'iat', expected: ['a number, 0 or more'], received: ['-1'] },
    { request: claims({ ath: null }), name: 'ath', expected: ['a string'], received: ['null'] },
    { request: claims({ exp: true }), name: 'exp', expected: ['a number, 0 or more'], received: ['boolean'] },
  ],
  proof_signature: { because: 'a signature verifies or not; there is no second one to compare with' },
  proof_htm: [
    { request: { method: 'POST', proof: { method: 'post' } }, name: 'htm', expected: ['POST'], received: ['post'] },
  ],
  proof_htu: [
    {
      request: { target: '/orders?secret', proof: { url: 'https://user:secret@b.example/caf\u00e9?secret' } },
      name: 'htu',
      expected: [`${resource}/orders`],
      received: ['https://b.example/caf\\u00e9'],
    },
  ],
  proof_ath: [
    {
      request: claims({ ath: undefined }),
      name: 'ath',
      expected: ['the hash of the access token'],
      received: ['missing'],
    },
    {
      request: claims({ ath: 'secret' }),
      name: 'ath',
      expected: ['the hash of the access token'],
      received: ['wrong'],
    },
  ],
  nonce_missing: [{ options: nonces, name: 'nonce', expected: [text], received: ['missing'] }],
  nonce_not_accepted: [
    { options: nonces, request: claims({ nonce: 'secret' }), name: 'nonce', expected: [text], received: ['wrong'] },
    { options: nonces, request: claims({ nonce: 7 }), name: 'nonce', expected: [text], received: ['number'] },
  ],
  iat_needs_nonce: [
    {
      options: { freshness: 'adaptive', nonce: { secrets: ['a secret of 32 bytes or more, for a test'] } },
      request: { proof: { now: now - 100 } },
      name: 'iat',
      expected: [`${now - 60} to ${now + 30}, or a nonce`],
      received: [`${now - 100}`],
    },
  ],
  proof_expired: [
    {
      request: { proof: { now: now - 61 } },
      name: 'iat',
      expected: [`${now - 60} or later`],
      received: [`${now - 61}`],
    },
    {
      request: claims({ exp: now - 40 }),
      name: 'exp',
      expected: [`later than ${now - 30}`],
      received: [`${now - 40}`],
    },
  ],
  proof_from_future: [
    {
      request: { proof: { now: now + 31 } },
      name: 'iat',
      expected: [`${now + 30} or earlier`],
      received: [`${now + 31}`],
    },
    {
      request: claims({ nbf: now + 31 }),
      name: 'nbf',
      expected: [`${now + 30} or earlier`],
      received: [`${now + 31}`],
    },
  ],
  proof_replayed: { because: 'a used proof is the same as the first, and its jti is not shown' },

  dpop_required: { because: 'only checkDpop has it: see below' },
  scope_insufficient: [
    {
      options: { requiredScopes: ['a', 'b'] },
      request: { token: { scope: 'b c' } },
      name: 'scope',
      expected: ['a', 'b'],
      received: ['b', 'c'],
    },
  ],
  claims_insufficient: { because: 'your function compares the claims, and only it knows what it wants' },
  acr_insufficient: { because: 'only checkStepUp has it: see below' },
  authentication_too_old: { because: 'only checkStepUp has it: see below' },

  keys_unavailable: outage,
  introspection_unavailable: outage,
  access_token_check_unavailable: outage,
  issuer_lookup_unavailable: outage,
  issuer_check_unavailable: outage,
  scopes_unavailable: outage,
  revocation_unavailable: outage,
  certificate_check_unavailable: outage,
  claims_check_unavailable: outage,
  nonces_unavailable: outage,
  replay_store_unavailable: outage,
  replay_store_full: outage,
  public_url_unavailable: outage,
  internal_error: outage,
}

/** The client's key with other members. */
function withJwk(members: Record<string, unknown>): (scene: Scene) => GuardRequest {
  return ({ client, request }) => request(header({ jwk: { ...client.jwk, ...members } }))
}

function unsigned(header: Record<string, unknown>, claims: Record<string, unknown>): string {
  return [header, claims, 'x'].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

const rows = Object.entries(table).flatMap(([reason, compared]) =>
  'because' in compared ? [] : compared.map((row) => ({ reason: reason as Reason, ...row })),
)

describe('the two sides of a check that failed', () => {
  test.each(rows)('$reason: $name, expected $expected, received $received', async (row) => {
    const { reason, options = {}, request = {}, name, expected, received } = row
    const scene = createScene(options)
    const events = listenTo('rejected')
    const verdict = await scene.guard.check(row.make?.(scene) ?? scene.request(request))
    if (verdict.accepted) throw new Error('accepted')
    expect(verdict.reason).toBe(reason)
    expect(verdict.mismatch).toEqual({ name, expected, received })
    expect(events).toMatchObject([{ reason, mismatch: { name, expected, received } }])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  test('are not in the response, and not in JSON of the rejection', async () => {
    for (const row of rows) {
      const scene = createScene(row.options)
      const verdict = await scene.guard.check(row.make?.(scene) ?? scene.request(row.request))
      if (verdict.accepted) throw new Error('accepted')
      expect(JSON.stringify(verdict)).not.toContain('"mismatch"')
      const { description = '' }: FailureRule = failures[row.reason]
      const { error } = verdict
      expect(verdict.body).toBe(error === undefined ? '' : JSON.stringify({ error, error_description: description }))
      const sent = JSON.stringify([verdict.headers, verdict.body])
      // Values match this pattern, and no description in the table does.
      const values = verdict.mismatch?.received.filter((value) => /\d{4}|example|secret|%/.test(value)) ?? []
      for (const value of values) expect(sent).not.toContain(value)
    }
  })

  test.each<[name: string, options: Partial<GuardOptions>, received: string, seconds: number]>([
    ['iat', {}, String(now), 61],
    ['nonce', { freshness: 'nonce', nonce: { secrets: ['s'.repeat(32)] } }, 'expired', 200],
  ])('are there for a proof that expires while a hook runs: %s', async (name, options, received, seconds) => {
    const clock = { now, step: 0 }
    const revoked = () => {
      clock.now += clock.step
      return false
    }
    const { guard, request } = createScene({ ...options, clock: () => clock.now, isRevoked: revoked })
    const nonce = (await guard.check(request())).headers['dpop-nonce']
    clock.step = seconds
    expect(await guard.check(request({ proof: { claims: { nonce } } }))).toMatchObject({
      reason: 'proof_expired',
      mismatch: { name, received: [received] },
    })
  })

  test('are there for a caller whose user did not authenticate as required', async () => {
    const scene = createScene()
    const verdict = await scene.guard.check(scene.request({ token: { acr: 'pwd', auth_time: now - 100 } }))
    if (!verdict.accepted) throw new Error(verdict.reason)
    expect(scene.guard.checkStepUp(verdict.auth, { acrValues: ['mfa', 'phr'] })?.mismatch).toEqual({
      name: 'acr',
      expected: ['mfa', 'phr'],
      received: ['pwd'],
    })
    expect(scene.guard.checkStepUp(verdict.auth, { maxAgeSeconds: 60 })?.mismatch).toEqual({
      name: 'auth_time',
      expected: [`${now - 60} or later`],
      received: [`${now - 100}`],
    })
    for (const check of ['checkScopes', 'checkAnyScope'] as const) {
      expect(scene.guard[check](verdict.auth, ['admin'])?.mismatch).toMatchObject({
        name: 'scope',
        expected: ['admin'],
      })
    }
  })

  test('a Bearer token where DPoP is required has both sides', async () => {
    expect(createScene().guard.checkDpop(await bearerAuthOf({}))?.mismatch).toEqual({
      name: 'Authorization',
      expected: ['DPoP'],
      received: ['Bearer'],
    })
  })
})
