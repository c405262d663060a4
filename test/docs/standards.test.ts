/** The page on standards. Every row of its tables is held to requests or to settings. */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createGuard, failures, type GuardOptions } from '@dpop-guard/core'
import { ClientSecretBasic, introspection } from '@dpop-guard/core/introspection'
import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { knownOptions } from '../../packages/core/src/options.js'
import {
  authOf,
  bearerAuthOf,
  createScene,
  mistyped,
  now,
  outcome,
  type RequestParts,
  resource,
} from '../support/guard-scene.js'
import { createProofClient, generateSigningKey, jwkThumbprint, signCompact } from '../support/proof-client.js'
import { listenToAll, secretsOf } from '../support/published-events.js'
import { createTestIssuer } from '../support/test-issuer.js'

const page = readFileSync(new URL('../../packages/core/docs/standards.md', import.meta.url), 'utf8')
const spans = Array.from(page.matchAll(/`([^`]+)`/g), ([, code = '']) => code)

const url = `${resource}/orders`
const secret = 'x'.repeat(32)

/** The outcome of a request with these parts. */
const ask = (parts: RequestParts = {}, options: Partial<GuardOptions> = {}, issuer = createTestIssuer()) => {
  const { guard, request } = createScene(options, issuer)
  return outcome(guard, request(parts))
}
const send = (headers: readonly string[], target = '/orders') =>
  outcome(createScene().guard, { method: 'GET', target, headers })
const start = (options: object) => () => createScene(mistyped(options))
const withJwk = (members: object, alg: 'ES256' | 'Ed25519' | 'PS256' = 'ES256'): RequestParts => {
  const client = createProofClient(alg)
  return { client, proof: { header: { jwk: { ...client.jwk, ...members } } } }
}

/** A token of this issuer whose key set is not the one of its key. */
function issuerWith(alg: 'ES256' | 'RS256' | 'Ed25519', members: object) {
  const issuer = createTestIssuer({ alg })
  Object.assign(issuer.jwks.keys[0] ?? {}, members)
  return issuer
}

const nothing = 'nothing'

type Check = typeof nothing | (() => unknown)

const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'RFC 9700': {
    '2.2.1': async () => {
      expect(await ask()).toBe('accepted')
      const { guard, issuer, mint } = createScene()
      const bearer = (token: string) => ({
        method: 'GET',
        target: '/orders',
        headers: ['Authorization', `Bearer ${token}`],
      })
      expect(await outcome(guard, bearer(issuer.mint()))).toBe('401 scheme_unsupported')
      const mixed = createScene({ mode: 'bearer-and-dpop' })
      expect(await outcome(mixed.guard, bearer(mixed.mint()))).toBe('401 token_bound_as_bearer')
      expect(await outcome(guard, bearer(mint()))).toBe('401 scheme_unsupported')
      const cnf = { 'x5t#S256': 'A'.repeat(43) }
      for (const [confirmed, expected] of [
        [true, 'accepted'],
        [false, '401 token_bound_as_bearer'],
      ] as const) {
        const scene = createScene({ mode: 'bearer-and-dpop', confirmCertificate: () => confirmed })
        expect(await outcome(scene.guard, bearer(scene.mint({ cnf })))).toBe(expected)
      }
    },
    '2.3, 4.10.2': async () => {
      expect(await ask({ token: { aud: 'https://other.example' } })).toBe('401 token_audience')
      expect(await ask({ token: { aud: undefined } })).toBe('401 token_audience')
      expect(await ask({ token: { aud: 'orders' } }, { audience: 'orders' })).toBe('accepted')
      // For every request: also for a token that is known.
      const { guard, another, request, mint } = createScene()
      const accessToken = mint()
      expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
      expect(await outcome(another({ audience: 'orders' }), request({ accessToken }))).toBe('401 token_audience')
    },
    '2.3, actions': async () => {
      expect(await ask({ token: { scope: 'orders:read' } }, { requiredScopes: ['orders:write'] })).toBe(
        '403 scope_insufficient',
      )
      expect(createScene().guard.checkScopes(await authOf(), ['admin'])).toMatchObject({ status: 403 })
    },
    '2.6, metadata': async () => {
      const issuer = createTestIssuer()
      const fetched: string[] = []
      const fetch = async (from: string) => {
        fetched.push(from)
        return Response.json(
          from.endsWith('/jwks') ? issuer.jwks : { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` },
        )
      }
      expect(await ask({}, { issuer: issuer.issuer, fetch }, issuer)).toBe('accepted')
      expect(fetched).toContain('https://as.example.com/.well-known/oauth-authorization-server')
    },
    '2.6, TLS': () => {
      expect(start({ issuer: 'http://as.example.com' })).toThrow('an https URL')
      expect(start({ issuer: { issuer: 'http://as.example.com', insecureHttp: true } })).not.toThrow()
      const asked = { issuer: 'https://as.example.com', clientId: 'a', clientAuthentication: ClientSecretBasic(secret) }
      expect(() => introspection({ ...asked, endpoint: 'http://as.example.com/introspect' })).toThrow('https')
    },
    '4.3.2': async () => expect(await send([], '/orders?access_token=abc')).toBe('401 token_in_query'),
    '4.9.1': async () => {
      expect(await ask({ token: { aud: 'https://attacker.example' } })).toBe('401 token_audience')
      expect(await ask({ proof: { url: 'https://attacker.example/orders' } })).toBe('401 proof_htu')
    },
    '4.9.3': async () => {
      const published = listenToAll()
      const { guard, request } = createScene()
      const requests = [request(), request({ proof: { method: 'PUT' } })]
      const [accepted] = await Promise.all(requests.map((one) => guard.check(one)))
      expect(published).toHaveLength(2)
      const text = JSON.stringify(published)
      expect(requests.flatMap(secretsOf).filter((part) => text.includes(part))).toEqual([])
      const auth = accepted?.accepted ? accepted.auth : undefined
      expect(auth?.token).toMatch(/^ey/)
      expect(Object.keys(auth ?? {})).not.toContain('token')
    },
    '4.10.1, possession': async () => {
      const client = createProofClient()
      expect(await ask({ client, token: { cnf: { jkt: createProofClient().jkt } } })).toBe('401 token_key_mismatch')
      const forged = { ...client, proof: createProofClient().proof }
      const header = { jwk: client.jwk }
      expect(await ask({ client: forged, proof: { header } })).toBe('401 proof_signature')
    },
    '4.10.1, replay': async () => {
      const { guard, request } = createScene()
      const sent = request()
      expect(await outcome(guard, sent)).toBe('accepted')
      expect(await outcome(guard, sent)).toBe('401 proof_replayed')
    },
    '4.13': async () => {
      const { guard, mint, client } = createScene()
      const accessToken = mint()
      const from = (htu: string) => {
        const proof = client.proof({ method: 'GET', url: htu, now, accessToken })
        const headers = [
          'Host',
          'attacker.example',
          'X-Forwarded-Host',
          'attacker.example',
          'X-Forwarded-Proto',
          'http',
        ]
        return {
          method: 'GET',
          target: '/orders',
          headers: [...headers, 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof],
        }
      }
      expect(await outcome(guard, from('https://attacker.example/orders'))).toBe('401 proof_htu')
      expect(await outcome(guard, from(url))).toBe('accepted')
      expect(
        await ask({ proof: { url: 'https://public.example/orders' } }, { publicUrl: 'https://public.example' }),
      ).toBe('accepted')
    },
    '4.15': async () => {
      expect(await authOf({ token: { sub: 'alice', client_id: 'app' } })).toMatchObject({
        subject: 'alice',
        clientId: 'app',
      })
      expect(await bearerAuthOf({ sub: 'app', client_id: 'app' })).toMatchObject({ subject: 'app', clientId: 'app' })
    },
  },

  'RFC 10017': {
    'browser, Cross-Origin Requests': async () => {
      const scene = createScene({ resourceMetadata: {} })
      const verdict = await scene.guard.check(scene.request({ headers: ['Origin', 'https://app.example.com'] }))
      expect(verdict.headers).toMatchObject({ 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' })
      const target = '/.well-known/oauth-protected-resource'
      const headers = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET']
      const plugin = readPluginOptions({ guard: scene.guard })
      expect(await admit(plugin, { method: 'OPTIONS', target, headers }, {})).toMatchObject({
        admitted: false,
        status: 204,
      })
    },
    'browser, Using Sender-Constrained Tokens': async () => {
      const { guard, request, mint } = createScene()
      expect(await outcome(guard, request({ client: createProofClient(), accessToken: mint() }))).toBe(
        '401 token_key_mismatch',
      )
    },
    'BFF, Cross-Origin Resource Sharing': async () => {
      expect(await send(['Cookie', 'session=1'])).toBe('401 credentials_missing')
      const { guard, request } = createScene()
      const { headers } = request()
      for (const name of ['Authorization', 'DPoP']) {
        const at = headers.indexOf(name)
        const without = headers.toSpliced(at, 2)
        expect(await outcome(guard, { method: 'GET', target: '/orders', headers: without })).toMatch(/^401 /)
      }
    },
    'BFF, Operational Considerations': nothing,
    'TMB, Using Sender-Constrained Tokens': nothing,
  },

  'RFC 8725bis': {
    '3.1 Perform Algorithm Verification': async () => {
      expect(await ask({}, { tokenAlgorithms: ['RS256'] })).toBe('401 token_algorithm')
      const issuer = createTestIssuer()
      const one = { issuer: issuer.issuer, jwks: issuer.jwks, algorithms: ['RS256'] }
      expect(await ask({}, { issuer: one }, issuer)).toBe('401 token_algorithm')
      expect(await ask({}, { proof: { algorithms: ['Ed25519'] } })).toBe('401 proof_algorithm')
      for (const alg of ['es256', 'none', 'HS256']) {
        expect(await ask({ mint: { header: { alg } } })).toBe('401 token_algorithm')
        expect(await ask({ proof: { header: { alg } } })).toBe('401 proof_algorithm')
        expect(start({ tokenAlgorithms: [alg] })).toThrow(TypeError)
        expect(start({ proof: { algorithms: [alg] } })).toThrow(TypeError)
      }
    },
    "3.1, the key's algorithm": async () => {
      expect(await ask({ mint: { header: { alg: 'RS256' } } })).toBe('401 token_key_unknown')
      const issuer = issuerWith('RS256', { alg: 'PS256' })
      expect(await ask({}, {}, issuer)).toBe('401 token_key_unknown')
      expect(await ask(withJwk({ alg: 'ES384' }))).toBe('401 proof_key')
      expect(await ask({ proof: { header: { alg: 'Ed25519' } } })).toBe('401 proof_key')
    },
    '3.1, one algorithm for each key': async () => {
      const issuer = issuerWith('RS256', { alg: undefined })
      const { privateKey, publicKey } = generateSigningKey('RS256')
      Object.assign(issuer.jwks.keys[0] ?? {}, publicKey.export({ format: 'jwk' }))
      const { client, guard, request } = createScene({}, issuer)
      const claims = { iss: issuer.issuer, aud: resource, exp: now + 300, cnf: { jkt: client.jkt } }
      const signed = (alg: 'RS256' | 'PS256') =>
        signCompact({ alg, privateKey, header: { typ: 'at+jwt', alg, kid: 'k1' }, payload: claims })
      for (const alg of ['RS256', 'PS256'] as const) {
        expect(await outcome(guard, request({ accessToken: signed(alg) }))).toBe('accepted')
      }
      const strict = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks, algorithms: ['PS256'] } }
      const another = createScene(strict, issuer)
      expect(await outcome(another.guard, another.request({ accessToken: signed('RS256') }))).toBe(
        '401 token_algorithm',
      )
    },
    '3.2 Use Appropriate Algorithms': async () => {
      const verdict = await createScene().guard.check({ method: 'GET', target: '/', headers: [] })
      expect(verdict.headers['www-authenticate']).toEqual(['DPoP algs="ES256 PS256 Ed25519 EdDSA"'])
    },
    '3.3 Validate All Cryptographic Operations': async () => {
      expect(await ask({ mint: { privateKey: generateSigningKey('ES256').privateKey } })).toBe('401 token_signature')
      const cut = (proof: string) => [`${proof.slice(0, -6)}AAAAAA`]
      expect(await ask({ proofs: cut })).toBe('401 proof_signature')
      expect(await ask({ accessToken: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA' })).toBe(
        '401 token_malformed',
      )
    },
    '3.4 Validate Cryptographic Inputs': async () => {
      for (const members of [{ crv: 'P-384' }, { x: 'AAAA' }, { d: 'AAAA' }]) {
        expect(await ask(withJwk(members))).toBe('401 proof_key')
      }
      const offCurve = { ...createProofClient().jwk, y: 'A'.repeat(43) }
      const bound = { cnf: { jkt: jwkThumbprint(offCurve) } }
      expect(await ask({ token: bound, proof: { header: { jwk: offCurve } } })).toBe('401 proof_key')
      expect(await ask({}, {}, issuerWithSpare({ x: 'AAAA' }))).toBe('401 token_key_unknown')
    },
    '3.5 Ensure Cryptographic Keys Have Sufficient Entropy': async () => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
      const { n } = publicKey.export({ format: 'jwk' })
      expect(await ask(withJwk({ n }, 'PS256'))).toBe('401 proof_key')
      expect(
        start({ issuer: { issuer: 'https://as.example.com', jwks: { keys: [publicKey.export({ format: 'jwk' })] } } }),
      ).toThrow('weak')
      expect(start({ freshness: 'nonce', nonce: { secrets: ['short'] } })).toThrow('32 bytes or more')
    },
    '3.6 Avoid Compression of Encryption Inputs': nothing,
    '3.7 Use UTF-8': async () => {
      const latin1 = Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xe9]), Buffer.from('"}')])
      const { guard, request, issuer, client } = createScene()
      const header = { typ: 'at+jwt', alg: 'ES256', kid: 'k1' }
      const accessToken = issuer.sign(header, latin1)
      expect(await outcome(guard, request({ accessToken }))).toBe('401 token_malformed')
      const { alg, privateKey, jwk } = client
      const proof = signCompact({ alg, privateKey, header: { typ: 'dpop+jwt', alg, jwk }, payload: latin1 })
      expect(await outcome(guard, request({ proofs: () => [proof] }))).toBe('401 proof_malformed')
    },
    '3.8 Validate Issuer and Subject': async () => {
      expect(await ask({ token: { iss: 'https://other.example' } })).toBe('401 token_issuer')
      const [one, two] = [createTestIssuer(), createTestIssuer({ issuer: 'https://two.example.com' })]
      const issuer = [one, two].map(({ issuer, jwks }) => ({ issuer, jwks }))
      expect(await ask({}, { issuer }, two)).toBe('accepted')
      expect(await ask({ token: { iss: one.issuer } }, { issuer }, two)).toBe('401 token_signature')
    },
    '3.9 Use and Validate Audience': async () => {
      expect(await ask({ token: { aud: ['https://other.example'] } })).toBe('401 token_audience')
      expect(await ask({ token: { aud: undefined } })).toBe('401 token_audience')
    },
    '3.10 Carefully Evaluate Received Claims': async () => {
      const kid = "'; drop table keys --"
      const jku = 'https://attacker.example/keys'
      let fetched = 0
      const fetch = () => Promise.reject(new Error(String(fetched++)))
      const scene = createScene({ fetch })
      const verdict = await scene.guard.check(scene.request({ mint: { kid, header: { jku, x5u: jku } } }))
      expect(verdict).toMatchObject({ accepted: false, reason: 'token_key_unknown' })
      expect(JSON.stringify({ ...verdict, rejection: undefined })).not.toMatch(/drop table|attacker/)
      expect(await ask({ mint: { header: { jku, x5u: jku } } }, { fetch })).toBe('accepted')
      expect(fetched).toBe(0)
    },
    '3.11 Use Explicit Typing': async () => {
      expect(await ask({ mint: { header: { typ: 'JWT' } } })).toBe('401 token_typ')
      expect(await ask({ mint: { header: { typ: 'application/at+jwt' } } })).toBe('accepted')
      expect(await ask({ proof: { header: { typ: 'JWT' } } })).toBe('401 proof_typ')
      expect(await ask({ proof: { header: { typ: 'application/dpop+jwt' } } })).toBe('401 proof_typ')
      expect(await ask({ mint: { header: { typ: 'JWT' } } }, { tokenTyp: 'any' })).toBe('accepted')
    },
    '3.12 Use Mutually Exclusive Validation Rules': async () => {
      const { guard, request, client } = createScene({ tokenTyp: 'any' })
      const proof = client.proof({ method: 'GET', url, now })
      expect(await outcome(guard, request({ accessToken: proof }))).toMatch(/^401 token_/)
      const idToken: RequestParts = { token: { nonce: 'n' }, mint: { header: { typ: 'JWT' } } }
      expect(await outcome(guard, request(idToken))).toBe('401 token_typ')
    },
    '3.13 Limit Hash Iteration Count': async () => {
      const header = Buffer.from(JSON.stringify({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9 }))
      expect(await ask({ accessToken: `${header.toString('base64url')}.AAAA.AAAA.AAAA.AAAA` })).toBe(
        '401 token_malformed',
      )
    },
    '3.14 Check JWT Format Type': async () => {
      for (const accessToken of ['abc', 'a.b', 'e30.e30.AA=', 'e30.e30.AB']) {
        expect(await ask({ accessToken })).toBe('401 token_malformed')
      }
      for (const proof of ['abc', 'a.b', '{"a":1}.e30.AAAA']) {
        expect(await ask({ proofs: () => [proof] })).toBe('401 proof_malformed')
      }
    },
    '3.15 Limit JWE Decompression Size': async () => {
      const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' }))
      expect(await ask({ accessToken: `${header.toString('base64url')}..AAAA.AAAA.AAAA` })).toBe('401 token_malformed')
    },
  },

  'RFC 9864': {
    '2.2, Ed25519': async () => {
      expect(await ask({ client: createProofClient('Ed25519') }, {}, createTestIssuer({ alg: 'Ed25519' }))).toBe(
        'accepted',
      )
    },
    '2.2, Ed448': async () => {
      const { publicKey } = generateKeyPairSync('ed448')
      const header = { alg: 'Ed448', jwk: publicKey.export({ format: 'jwk' }) }
      expect(await ask({ proof: { header } })).toBe('401 proof_algorithm')
      expect(start({ proof: { algorithms: ['Ed448'] } })).toThrow(TypeError)
    },
    '4.1.2, 4.4': async () => {
      const client = createProofClient('EdDSA')
      expect(await ask({ client }, {}, createTestIssuer({ alg: 'EdDSA' }))).toBe('accepted')
      const { publicKey } = generateKeyPairSync('ed448')
      expect(await ask({ client, proof: { header: { jwk: publicKey.export({ format: 'jwk' }) } } })).toBe(
        '401 proof_key',
      )
      const proof = { algorithms: ['ES256', 'PS256', 'Ed25519'] } as const
      const tokenAlgorithms = ['ES256', 'PS256', 'RS256', 'Ed25519']
      expect(page).toContain("`proof: { algorithms: ['ES256', 'PS256', 'Ed25519'] }`")
      expect(page).toContain("`tokenAlgorithms: ['ES256', 'PS256', 'RS256', 'Ed25519']`")
      expect(await ask({ client }, { proof })).toBe('401 proof_algorithm')
      expect(await ask({}, { tokenAlgorithms }, createTestIssuer({ alg: 'EdDSA' }))).toBe('401 token_algorithm')
    },
    '5 Key Representations': async () => {
      for (const [stated, used] of [
        ['EdDSA', 'Ed25519'],
        ['Ed25519', 'EdDSA'],
      ] as const) {
        const issuer = issuerWith('Ed25519', { alg: stated })
        expect(await ask({ mint: { header: { alg: used } } }, {}, issuer)).toBe('accepted')
        const client = createProofClient('Ed25519')
        expect(await ask({ client, proof: { header: { alg: used, jwk: { ...client.jwk, alg: stated } } } })).toBe(
          'accepted',
        )
      }
    },
    '6.1': async () => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
      const { n } = publicKey.export({ format: 'jwk' })
      expect(await ask(withJwk({ n }, 'PS256'))).toBe('401 proof_key')
    },
    '7 Security Considerations': async () =>
      expect(await ask({}, {}, issuerWith('RS256', { alg: 'PS256' }))).toBe('401 token_key_unknown'),
  },
}

/** An issuer whose signing key is broken in its key set, beside another key that is not. */
function issuerWithSpare(members: object) {
  const issuer = createTestIssuer()
  issuer.jwks.keys.push({ ...issuer.jwks.keys[0], kid: 'spare' })
  Object.assign(issuer.jwks.keys[0] ?? {}, members)
  return issuer
}

/** The tables of the page: the cells of each row, by the document and the first cell. */
const tables = new Map(
  page
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const [title = ''] = section.split(':')
      const lines = section.split('\n').filter((line) => line.startsWith('| '))
      const rows = lines.slice(1).map((line) => line.split('|').map((cell) => cell.trim()))
      return [title, rows.map(([, section = '', , guard = '']) => ({ section, guard }))] as const
    }),
)

test('the tests below are about the documents and the sections of the page, and about no others', () => {
  expect([...tables.keys()]).toEqual(Object.keys(checks))
  for (const [document, rows] of tables) {
    expect(rows.map(({ section }) => section)).toEqual(Object.keys(checks[document] ?? {}))
  }
})

for (const [document, rows] of tables) {
  describe(document, () => {
    test.each(rows)('$section', async ({ section, guard }) => {
      const check = checks[document]?.[section]
      expect(check === nothing, 'the page says "nothing" where the guard does nothing').toBe(guard === nothing)
      if (typeof check === 'function') await check()
    })
  })
}

test('every reason that the page names is a reason of the core', () => {
  const named = spans.filter((code) => /^(?:token|proof|scope|nonce|credentials)_\w+$/.test(code))
  expect(new Set(named).size).toBeGreaterThan(8)
  for (const reason of named) expect(Object.keys(failures)).toContain(reason)
})

test('every option that the page names exists', () => {
  const words = spans.filter((code) => /^[a-z]+[A-Z]\w*$/.test(code) || /^\w+: /.test(code))
  const elsewhere = ['requireScopes', 'clientId', 'jwksUri', 'alg']
  const named = words.map((code) => code.split(':')[0] ?? '').filter((name) => !elsewhere.includes(name))
  expect(new Set(named).size).toBeGreaterThan(6)
  for (const name of named) expect(knownOptions).toContain(name)
  expect(() => createGuard({ issuer: 'https://as.example.com', resource })).not.toThrow()
})
