// jose as a second opinion on JWT access tokens. The guard accepts nothing that jose rejects. What it rejects in addition is a
// list of deliberate differences.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { CheckFailed, createJwtVerifier, inlineKeys, parseKeySet } from '@dpop-guard/core/internal'
import fc from 'fast-check'
import { createLocalJWKSet, type CryptoKey as JoseKey, type JSONWebKeySet, type JWK, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { now } from '../support/guard-scene.js'

const issuer = 'https://as.example.com'
const audience = ['https://api.example.com', 'urn:orders']
const clockTolerance = 5

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const pairs = {
  rsa: rsa(2048),
  otherRsa: rsa(2048),
  weakRsa: rsa(1024),
  p256: ec('P-256'),
  p384: ec('P-384'),
  p521: ec('P-521'),
  ed25519: generateKeyPairSync('ed25519'),
} as const
type PairName = keyof typeof pairs

const pss = { padding: 6, saltLength: -1 } as const
const signers: Record<
  string,
  { readonly of: readonly PairName[]; readonly sign: (key: KeyObject, input: Buffer) => Buffer }
> = {
  ...Object.fromEntries(
    ['256', '384', '512'].flatMap((bits) => [
      [
        `RS${bits}`,
        { of: ['rsa', 'otherRsa', 'weakRsa'], sign: (key: KeyObject, input: Buffer) => sign(`sha${bits}`, input, key) },
      ],
      [
        `PS${bits}`,
        {
          of: ['rsa', 'otherRsa', 'weakRsa'],
          sign: (key: KeyObject, input: Buffer) => sign(`sha${bits}`, input, { key, ...pss }),
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ['ES256', 'sha256', 'p256'],
        ['ES384', 'sha384', 'p384'],
        ['ES512', 'sha512', 'p521'],
      ] as const
    ).map(([alg, digest, pair]) => [
      alg,
      { of: [pair], sign: (key: KeyObject, input: Buffer) => sign(digest, input, { key, dsaEncoding: 'ieee-p1363' }) },
    ]),
  ),
  Ed25519: { of: ['ed25519'], sign: (key, input) => sign(null, input, key) },
  EdDSA: { of: ['ed25519'], sign: (key, input) => sign(null, input, key) },
}
const algorithms = Object.keys(signers)

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 4 })
const rarely = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

const publicKey = fc
  .record({
    pair: fc.constantFrom(...(Object.keys(pairs) as PairName[])),
    kid: maybe(fc.constantFrom('a', 'b')),
    alg: maybe(fc.constantFrom(...algorithms, 'HS256')),
    use: rarely<string | undefined>(undefined, 'sig', 'enc'),
    key_ops: rarely<string[] | undefined>(undefined, ['verify'], ['sign'], ['encrypt', 'verify'], []),
  })
  .map(({ pair, ...members }) => ({
    pair,
    jwk: { ...pairs[pair].publicKey.export({ format: 'jwk' }), ...members } as JWK,
  }))

const unusual = fc.constantFrom<unknown>(
  null,
  7,
  'text',
  '',
  true,
  [],
  {},
  ['https://api.example.com'],
  [null],
  -1,
  1e300,
)
const claim = (usual: unknown) =>
  fc.oneof({ weight: 10, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: unusual })
const time = (near: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<unknown>(near) },
    { weight: 2, arbitrary: fc.double({ min: now - 8, max: now + 8, noNaN: true }) },
    { weight: 1, arbitrary: unusual },
  )

const claims = fc.record(
  {
    iss: claim(issuer),
    aud: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<unknown>(audience[0], ['x', audience[1]], audience) },
      { weight: 1, arbitrary: unusual },
    ),
    exp: time(now + 300),
    nbf: time(now - 10),
    iat: time(now - 10),
    sub: claim('alice'),
    client_id: claim('client'),
    jti: claim('1'),
    nonce: fc.constant('n'),
  },
  { requiredKeys: ['iss', 'aud', 'exp'] },
)

const header = fc.record(
  {
    typ: rarely<unknown>('at+jwt', 'JWT', 'application/at+jwt', 'AT+JWT', 'dpop+jwt', 7),
    kid: fc.constantFrom<unknown>('a', 'b', 'c', 7),
    crit: rarely<unknown>(undefined, ['b64'], ['exp'], [], 'b64'),
    b64: rarely<unknown>(undefined, true, false, 'true'),
  },
  { requiredKeys: ['typ'] },
)

const draft = fc.record({
  keys: fc.array(publicKey, { minLength: 1, maxLength: 4 }),
  /** The index of the first key's algorithm. */
  choice: fc.nat(20),
  otherAlg: rarely<string | undefined>(undefined, ...algorithms),
  signedAs: rarely<string | undefined>(undefined, ...algorithms),
  header,
  claims,
  required: fc.constantFrom('minimal', 'rfc9068'),
  typ: fc.constantFrom('at+jwt', 'any'),
  accepted: fc.subarray(algorithms, { minLength: 9 }),
  spoil: rarely<'nothing' | 'signature' | 'length' | 'payload' | 'padding' | 'parts'>(
    'nothing',
    'signature',
    'length',
    'payload',
    'padding',
    'parts',
  ),
  shift: fc.nat(255),
})
type Draft = typeof draft extends fc.Arbitrary<infer D> ? D : never

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function write({ keys, choice, otherAlg, signedAs, header, claims, spoil, shift }: Draft): string {
  const fitting = algorithms.filter((name) =>
    keys.some(({ pair }, index) => index === 0 && signers[name]?.of.includes(pair)),
  )
  const alg = otherAlg ?? fitting[choice % fitting.length] ?? 'ES256'
  const input = `${encode({ alg, ...header })}.${encode(claims)}`
  const { of, sign } = signers[signedAs ?? alg] ?? { of: [], sign: () => Buffer.alloc(0) }
  const signer = keys.map(({ pair }) => pair).find((pair) => of.includes(pair)) ?? of[0] ?? 'rsa'
  // A digest may be too long for the weak key.
  const { privateKey } = pairs[signer === 'weakRsa' && /512$/.test(signedAs ?? alg) ? 'rsa' : signer]
  const signature = sign(privateKey, Buffer.from(input, 'latin1'))
  if (spoil === 'signature')
    signature.writeUInt8(signature.readUInt8(shift % signature.length) ^ 1, shift % signature.length)
  const cut = spoil === 'length' ? signature.subarray(1) : signature
  const written = spoil === 'payload' ? `${input.slice(0, -2)}AA` : input
  return `${written}.${cut.toString('base64url')}${spoil === 'padding' ? '=' : ''}${spoil === 'parts' ? '.AA' : ''}`
}

async function ours({ keys, required, typ, accepted }: Draft, token: string): Promise<string> {
  const keySet = parseKeySet(keys.map(({ jwk }) => jwk))
  if (keySet === undefined) throw new Error('a list was read as none')
  const { verify } = createJwtVerifier({
    issuers: new Map([[issuer, { keys: inlineKeys(keySet), algorithms: accepted as never, typ: typ as 'any' }]]),
    audience,
    tokenClaims: required as 'minimal',
    clockToleranceSeconds: clockTolerance,
  })
  try {
    await verify(token, now)
    return 'accepted'
  } catch (error) {
    if (CheckFailed.is(error)) return error.reason
    throw error
  }
}

async function byJose({ keys, required, accepted }: Draft, token: string): Promise<string> {
  const find = createLocalJWKSet({ keys: keys.map(({ jwk }) => asJoseReads(jwk)) } satisfies JSONWebKeySet)
  const options = {
    issuer,
    audience,
    algorithms: accepted,
    clockTolerance,
    currentDate: new Date(now * 1000),
    requiredClaims: required === 'minimal' ? ['exp'] : ['exp', 'sub', 'client_id', 'iat', 'jti'],
  }
  try {
    await jwtVerify(token, find, options)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (!(Symbol.asyncIterator in error)) return error.message
    for await (const key of error as Error & AsyncIterable<JoseKey>) {
      const accepted = await jwtVerify(token, key, options).then(
        () => true,
        () => false,
      )
      if (accepted) return 'accepted'
    }
    return 'no key of several verifies it'
  }
}

/**
 * The guard is more lenient than jose about an issuer's own key. Ed25519 has two names (RFC 9864), and a key with `key_ops` verify
 * may have other operations too (RFC 7517 section 4.3).
 */
function asJoseReads({ alg, key_ops, ...jwk }: JWK): JWK {
  const otherName = jwk.kty === 'OKP' && (alg === 'EdDSA' || alg === 'Ed25519')
  return {
    ...jwk,
    ...(alg !== undefined && !otherName ? { alg } : {}),
    ...(key_ops === undefined ? {} : { key_ops: key_ops.includes('verify') ? ['verify'] : key_ops }),
  }
}

/** Tokens that the guard rejects and jose accepts, each with its RFC. */
const deliberate: Record<string, (draft: Draft) => boolean> = {
  // RFC 9068 sections 2.1 and 4: the type is required. `any` also takes JWT, but no ID token.
  token_typ: ({ header, typ, claims }) => typ === 'at+jwt' || header.typ !== 'JWT' || 'nonce' in claims,
  // RFC 9068 section 2.2, RFC 7519 section 4.1: these are strings.
  token_claims: ({ claims }) =>
    [claims.sub, claims.client_id, claims.jti].some((value) => value !== undefined && typeof value !== 'string'),
}

test('no access token is accepted that jose rejects, and what jose accepts is rejected only on purpose', async () => {
  const seen = { accepted: 0, rejected: 0, deliberate: 0 }
  await fc.assert(
    fc.asyncProperty(draft, async (drawn) => {
      const token = write(drawn)
      const [mine, theirs] = await Promise.all([ours(drawn, token), byJose(drawn, token)])
      if (mine === 'accepted') {
        expect(theirs).toBe('accepted')
        seen.accepted++
      } else if (theirs === 'accepted') {
        expect(deliberate[mine]?.(drawn) ?? mine).toBe(true)
        seen.deliberate++
      } else seen.rejected++
    }),
    { numRuns: 2000 },
  )
  expect(Object.entries(seen).filter(([, count]) => count < 5)).toEqual([])
})
