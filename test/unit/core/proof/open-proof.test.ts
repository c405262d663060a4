import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

test.each([(proof: string) => `%${proof}`, (proof: string) => `${proof}%`, (proof: string) => `x.${proof}`])(
  'a malformed JWS is rejected before the token is read',
  async (change) => {
    const { guard, request, client } = createScene()
    const { headers, ...rest } = request({ accessToken: 'no.token.either' })
    const proof = client.proof({ method: 'GET', url: 'https://api.example.com/orders', now })
    const changed = headers.map((value, index) => (headers[index - 1] === 'DPoP' ? change(proof) : value))
    expect(await outcome(guard, { ...rest, headers: changed })).toBe('401 proof_malformed')
  },
)

test('a proof may have as many characters as proof.maxLength', async () => {
  const { request, another } = createScene()
  const [, , , , , proof = ''] = request().headers
  expect(proof.length).toBeGreaterThan(256)
  expect(await outcome(another({ proof: { maxLength: proof.length } }), request())).toBe('accepted')
  expect(await outcome(another({ proof: { maxLength: proof.length - 1 } }), request())).toBe('401 proof_too_long')
})

describe('a proof', () => {
  test.each<[what: string, parts: (proof: string) => string[]]>([
    ['an empty signature', (proof) => [...proof.split('.', 2), '']],
    ['a header that is not JSON', (proof) => ['e30x', ...proof.split('.').slice(1)]],
    ['a payload that is not JSON', ([...proof]) => proof.join('').split('.').with(1, 'e30x')],
    ['a signature with stray bits', (proof) => proof.split('.').with(2, 'AB')],
  ])('with %s is malformed', async (_, parts) => {
    const { guard, request } = createScene()
    const presented = request({ proofs: (proof) => [parts(proof).join('.')] })
    expect(await outcome(guard, presented)).toBe('401 proof_malformed')
  })

  test.each<[what: string, proofs: (proof: string) => string[], expected: string]>([
    ['must be there', () => [], '401 proof_missing'],
    ['must be the only one', (proof) => [proof, proof], '401 proof_repeated'],
    ['with an empty value is malformed', () => [''], '401 proof_malformed'],
  ])('%s', async (_, proofs, expected) => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ proofs }))).toBe(expected)
  })

  test('may have eight levels and some fifty members, and not more', async () => {
    const { guard, request } = createScene()
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
    const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, 1]))
    expect(await outcome(guard, request({ proof: { claims: { x: nested(7), y: members(20) } } }))).toBe('accepted')
    for (const claims of [{ x: nested(8) }, members(100)]) {
      expect(await outcome(guard, request({ proof: { claims } }))).toBe('401 proof_malformed')
    }
  })

  test('with a time that JSON cannot hold is rejected', async () => {
    const { guard, request } = createScene()
    const withPayload = (proof: string, change: (payload: string) => string) => {
      const parts = proof.split('.')
      const payload = change(Buffer.from(parts[1] ?? '', 'base64url').toString())
      return parts.with(1, Buffer.from(payload).toString('base64url')).join('.')
    }
    const endless = (payload: string) => payload.replace(/}$/, ',"exp":1e999}')
    expect(await guard.check(request({ proofs: (proof) => [withPayload(proof, endless)] }))).toMatchObject({
      reason: 'proof_claims',
      mismatch: { name: 'exp', expected: ['a number, 0 or more'], received: ['Infinity'] },
    })
  })

  test.each([
    { jti: 'j'.repeat(256) },
    { nbf: 0 },
    { nbf: now + 30 },
    { exp: now - 29 },
    { exp: undefined, nbf: undefined },
  ])('with the claims %j is accepted', async (claims) => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ proof: { claims } }))).toBe('accepted')
  })

  test.each<[name: string, value: unknown, expected: string, received: string]>([
    ['jti', 'j'.repeat(257), 'at most 256 characters', '257 characters'],
    ['jti', '', 'a string', 'an empty string'],
    ['htm', undefined, 'a string', 'missing'],
    ['htu', 7, 'a string', 'number'],
    ['ath', null, 'a string', 'null'],
    ['iat', '1', 'a number, 0 or more', 'string'],
    ['exp', -1, 'a number, 0 or more', '-1'],
    ['nbf', -0.5, 'a number, 0 or more', '-0.5'],
    ['nbf', null, 'a number, 0 or more', 'null'],
  ])('with %s %j is rejected, and operators see why', async (name, value, expected, received) => {
    const { guard, request } = createScene()
    expect(await guard.check(request({ proof: { claims: { [name]: value } } }))).toMatchObject({
      reason: 'proof_claims',
      mismatch: { name, expected: [expected], received: [received] },
    })
  })
})
