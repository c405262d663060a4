import { memoryReplayStore, verifyProof } from '@dpop-guard/core'
import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { now } from '../support/guard-scene.js'
import { accessTokenHash, createProofClient, type SignatureAlgorithm, signCompact } from '../support/proof-client.js'
import { isGoodProof } from './oracle.js'

const target = { method: 'GET', url: 'https://api.example.com/orders' }
const accessToken = 'token'

async function isVerified(proof: string): Promise<boolean> {
  const request = { ...target, headers: ['DPoP', proof], accessToken }
  const result = await verifyProof(request, { replayStore: 'off', clock: () => now })
  return result.verified
}

/** A proof that the oracle rejects may not be accepted. */
const isGoodByTheOracle = (proof: string, jkt: string) =>
  isGoodProof(proof, { method: target.method, urls: [target.url], accessToken, now, jkt })

const algorithms: SignatureAlgorithm[] = ['ES256', 'PS256', 'Ed25519', 'EdDSA']

describe.each(algorithms)('a %s proof', (alg) => {
  const client = createProofClient(alg)
  const proof = client.proof({ ...target, now, accessToken })
  const parts = proof.split('.')

  /** Returns whether the proof was accepted. Fails if the oracle rejects an accepted proof. */
  async function agrees(candidate: string): Promise<boolean> {
    const verified = await isVerified(candidate)
    // White space around a field's value is not part of it.
    if (verified) expect(await isGoodByTheOracle(candidate.trim(), client.jkt)).toBe(true)
    return verified
  }

  test('is accepted by the guard and the oracle', async () => {
    expect(await agrees(proof)).toBe(true)
    expect(await isGoodByTheOracle(proof, client.jkt)).toBe(true)
  })

  test('with a bit flipped in any part is rejected', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (part, position, bit) => {
        const bytes = Buffer.from(parts[part] ?? '', 'base64url')
        const at = position % bytes.length
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
        expect(await agrees(parts.with(part, bytes.toString('base64url')).join('.'))).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test('with a character replaced, removed or inserted is rejected', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ,'
    await fc.assert(
      fc.asyncProperty(fc.nat(proof.length), fc.nat(1), fc.constantFrom('', ...alphabet), async (at, removed, text) => {
        const changed = proof.slice(0, at) + text + proof.slice(at + removed)
        // White space around a field's value is not part of it.
        expect(await agrees(changed)).toBe(changed.trim() === proof)
      }),
      { numRuns: 300 },
    )
  })

  test('is rejected unless all its parts are of one proof', async () => {
    const other = createProofClient(alg)
      .proof({ ...target, now, accessToken })
      .split('.')
    const later = client.proof({ ...target, now: now + 1, accessToken }).split('.')
    const sources = [parts, other, later]
    for (const [header] of sources) {
      for (const [, payload] of sources) {
        for (const [, , signature] of sources) {
          const mixed = [header, payload, signature].join('.')
          expect(await isVerified(mixed)).toBe(sources.some((source) => source.join('.') === mixed))
        }
      }
    }
  })
})

describe('a proof whose JSON is edited and signed again', () => {
  const client = createProofClient()
  const goodHeader: Record<string, unknown> = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk }
  const goodClaims: Record<string, unknown> = {
    jti: 'jti-1',
    htm: target.method,
    htu: target.url,
    iat: now,
    ath: accessTokenHash(accessToken),
  }
  const sign = (header: object | string, payload: object | string) =>
    signCompact({ alg: 'ES256', privateKey: client.privateKey, header, payload })

  const special = fc.constantFrom<unknown>(
    ...[
      null,
      true,
      0,
      -1,
      1e308,
      now,
      now + 30,
      now + 31,
      now - 60,
      now - 61,
      now + 0.5,
      String(now),
      '',
      'GET',
      'get',
    ],
    ...['https://api.example.com/orders', 'https://API.example.com:443/%6frders?q#f', 'http://api.example.com/orders'],
    ...['https://api.example.com/a/../orders', 'https://api.example.com/orders/', 'https://api.example.com//orders'],
    ...['dpop+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'JWT', 'none', 'HS256', 'ES256', 'EdDSA', 'PS256'],
    ...[[], {}, ['exp'], createProofClient().jwk, createProofClient('Ed25519').jwk, createProofClient('PS256').jwk],
    ...[
      { ...client.jwk, use: 'enc' },
      { ...client.jwk, key_ops: ['sign'] },
      { ...client.jwk, alg: 'ES384' },
    ],
    ...[{ ...client.jwk, d: 'AAAA' }, client.privateKey.export({ format: 'jwk' }), { ...client.jwk, kid: 'k' }],
  )
  const value = fc.oneof(special, fc.jsonValue())
  const member = fc.oneof(
    fc.constantFrom(...['typ', 'alg', 'jwk', 'crit', 'b64', 'kid', 'x5c', 'zip', 'enc', 'jku', '__proto__']),
    fc.constantFrom(...['jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'exp', 'nbf', 'aud', 'iss', 'cnf']),
    fc.string({ maxLength: 6 }),
  )
  const edit = fc.record({
    where: fc.constantFrom('header', 'claims'),
    member,
    change: fc.option(value, { nil: undefined }),
  })

  test('is accepted only if the oracle accepts it', async () => {
    let accepted = 0
    let rejected = 0
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const header = { ...goodHeader }
        const claims = { ...goodClaims }
        for (const { where, member: name, change } of edits) {
          const object = where === 'header' ? header : claims
          if (change === undefined) delete object[name]
          else
            Object.defineProperty(object, name, { value: change, enumerable: true, configurable: true, writable: true })
        }
        const proof = sign(header, claims)
        const verified = await isVerified(proof)
        if (verified) {
          accepted += 1
          expect(await isGoodByTheOracle(proof, client.jkt)).toBe(true)
          expect(decodeProtectedHeader(proof).typ).toBe('dpop+jwt')
        } else {
          rejected += 1
        }
      }),
      { numRuns: 1000 },
    )
    // With fewer, the property would prove little.
    expect(accepted).toBeGreaterThan(50)
    expect(rejected).toBeGreaterThan(50)
  })

  test('is rejected with any member of header, key or claims twice', async () => {
    const [headerText, claimsText] = [goodHeader, goodClaims].map((object) => JSON.stringify(object))
    const places = [
      ...Object.entries(goodHeader).map((entry) => ['header', entry] as const),
      ...Object.entries(client.jwk).map((entry) => ['jwk', entry] as const),
      ...Object.entries(goodClaims).map((entry) => ['claims', entry] as const),
    ]
    const escaped = (name: string) => `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.boolean(),
        fc.boolean(),
        async ([where, entry], first, asEscape) => {
          const [name, original] = entry
          const text = `${asEscape ? escaped(name) : JSON.stringify(name)}:${JSON.stringify(original)}`
          const insert = (json = '', opening = '{') => {
            const start = json.indexOf(opening) + opening.length
            const end = opening === '{' ? json.length - 1 : json.indexOf('}')
            return first
              ? `${json.slice(0, start)}${text},${json.slice(start)}`
              : `${json.slice(0, end)},${text}${json.slice(end)}`
          }
          const header =
            where === 'header' ? insert(headerText) : where === 'jwk' ? insert(headerText, '"jwk":{') : headerText
          const payload = where === 'claims' ? insert(claimsText) : claimsText
          expect(JSON.parse(header ?? '')).toEqual(goodHeader)
          expect(JSON.parse(payload ?? '')).toEqual(goodClaims)
          expect(await isVerified(sign(header ?? '', payload ?? ''))).toBe(false)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('is accepted with any white space, order and other members', async () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    // Far fewer members than a proof may have.
    const others = fc
      .dictionary(fc.stringMatching(/^x-\w{1,8}$/), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
      .filter((object) => JSON.stringify(object).length < 300)
    await fc.assert(
      fc.asyncProperty(others, space, fc.infiniteStream(fc.nat()), async (more, white, random) => {
        const write = (object: Record<string, unknown>): string => {
          const entries = Object.entries(object).map(([name, content]) => ({
            name,
            content,
            rank: random.next().value,
          }))
          const members = entries
            .sort((a, b) => a.rank - b.rank)
            .map(
              ({ name, content }) =>
                `${white}${JSON.stringify(name)}${white}:${white}${JSON.stringify(content)}${white}`,
            )
          return `${white}{${members.join(',')}}${white}`
        }
        expect(await isVerified(sign(write({ ...goodHeader, ...more }), write({ ...goodClaims, ...more })))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

test('a second valid signature of the same proof is a replay', async () => {
  const client = createProofClient('ES256')
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  await fc.assert(
    fc.asyncProperty(fc.uuid(), async (jti) => {
      const replay = memoryReplayStore({ clock: () => now })
      const first = client.proof({ ...target, now, accessToken, jti })
      const [header, payload, signature = ''] = first.split('.')
      const bytes = Buffer.from(signature, 'base64url')
      const mirrored = (order - BigInt(`0x${bytes.toString('hex', 32)}`)).toString(16).padStart(64, '0')
      const second = [
        header,
        payload,
        Buffer.concat([bytes.subarray(0, 32), Buffer.from(mirrored, 'hex')]).toString('base64url'),
      ].join('.')
      expect(second).not.toBe(first)
      expect(await isGoodByTheOracle(second, client.jkt)).toBe(true)
      const verify = (proof: string) =>
        verifyProof({ ...target, headers: ['DPoP', proof], accessToken }, { replayStore: replay, clock: () => now })
      expect(await verify(first)).toMatchObject({ verified: true })
      expect(await verify(second)).toMatchObject({ verified: false, reason: 'proof_replayed' })
    }),
    { numRuns: 50 },
  )
})
