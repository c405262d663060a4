import { describe, expect, test } from 'vitest'
import { createScene, now, outcome, resource } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

describe('a JWT', () => {
  const longest = 65_536

  /** A token of exactly this length. Base64url cannot have one length in four, so the key id may be longer. */
  function mintOfLength(mint: (claims: object, kid: string) => string, length: number): string {
    for (const kid of ['k', 'k1', 'k12', 'k123']) {
      for (let padding = length - mint({}, kid).length; padding > 0; padding--) {
        const token = mint({ padding: 'a'.repeat(padding) }, kid)
        if (token.length === length) return token
        if (token.length < length) break
        padding -= Math.floor((token.length - length) / 2)
      }
    }
    throw new Error('no token of this length')
  }

  test.each([
    [longest, 'accepted'],
    [longest + 2, '401 token_malformed'],
  ])('of %i characters: %s', async (length, expected) => {
    const issuer = createTestIssuer()
    const [key] = issuer.jwks.keys
    issuer.jwks.keys.push(...['k', 'k12', 'k123'].map((kid) => ({ ...key, kid })))
    const { guard, request, client } = createScene({}, issuer)
    const mint = (claims: object, kid: string) => issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }, { kid })
    const accessToken = mintOfLength(mint, length)
    expect(await outcome(guard, request({ accessToken }))).toBe(expected)
  })

  test.each([
    [{ crit: ['b64'], b64: true }, 'accepted'],
    [{ b64: 'no' }, 'accepted'],
    [{ crit: ['b64'], b64: 'yes' }, '401 token_malformed'],
    [{ crit: ['b64'] }, '401 token_malformed'],
    [{ crit: [] }, '401 token_malformed'],
    [{ crit: [], b64: true }, '401 token_malformed'],
    [{ crit: 'b64', b64: true }, '401 token_malformed'],
    [{ crit: ['b64', 'exp'], b64: true, exp: 1 }, '401 token_malformed'],
    [{ alg: undefined }, '401 token_malformed'],
    [{ alg: '' }, '401 token_malformed'],
    [{ alg: 'none', crit: ['exp'] }, '401 token_malformed'],
    [{ alg: 'none', kid: 'another' }, '401 token_algorithm'],
  ])('with the header parameters %j: %s', async (header, expected) => {
    const { guard, request, issuer, client } = createScene()
    const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt } }, { header })
    expect(await outcome(guard, request({ accessToken }))).toBe(expected)
  })

  test.each([
    [8192, 'accepted'],
    [8193, '401 token_malformed'],
  ])('with a header of up to %i characters: %s', async (length, expected) => {
    const { guard, request, issuer, client } = createScene()
    const mint = (x: string) => issuer.mint({ now, cnf: { jkt: client.jkt } }, { header: { x } })
    const headerLength = (token: string) => token.indexOf('.')
    let x = 'a'.repeat(6000)
    while (headerLength(mint(`${x}a`)) <= length) x += 'a'
    if (expected !== 'accepted') x += 'a'
    expect(await outcome(guard, request({ accessToken: mint(x) }))).toBe(expected)
  })

  test('that is long may have more parts, but not as many as its length allows', async () => {
    const { guard, request } = createScene()
    const withGroups = (groups: number) => request({ token: { groups: Array.from({ length: groups }, () => []) } })
    expect(await outcome(guard, withGroups(500))).toBe('accepted')
    expect(await outcome(guard, withGroups(9000))).toBe('401 token_malformed')
  })

  test.each(['at+application/jwt', 'application/application/at+jwt', ' at+jwt', 'at+jwt;v=1'])(
    'of the type %j is rejected',
    async (typ) => {
      const { guard, request, issuer, client } = createScene()
      const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt } }, { header: { typ } })
      expect(await outcome(guard, request({ accessToken }))).toBe('401 token_typ')
    },
  )

  test('without a key id, signed with the second of two keys, is rejected for its own fault', async () => {
    const issuer = createTestIssuer()
    issuer.rotate('k2', 'keep-old')
    const { guard, request, client } = createScene({}, issuer)
    const ask = (claims: object) => {
      const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }, { header: { kid: undefined } })
      return outcome(guard, request({ accessToken }))
    }
    expect(await ask({ exp: now - 6 })).toBe('401 token_expired')
    expect(await ask({ aud: 'https://other.example.com' })).toBe('401 token_audience')
  })

  test('without a key id, signed with the first of two keys, is accepted', async () => {
    const issuer = createTestIssuer()
    const { request, client, another } = createScene({}, issuer)
    const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt } }, { header: { kid: undefined } })
    issuer.rotate('k2', 'keep-old')
    const guard = another({ issuer: { issuer: issuer.issuer, jwks: issuer.jwks } })
    expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
  })

  test('with the signature of another one is rejected', async () => {
    const { guard, request, mint } = createScene()
    const [header, claims] = mint().split('.')
    const [, , signature] = mint({ sub: 'mallory' }).split('.')
    const accessToken = `${header}.${claims}.${signature}`
    expect(await outcome(guard, request({ accessToken }))).toBe('401 token_signature')
  })

  test('is accepted within the tolerance, and not after it', async () => {
    const { guard, request, clock, mint } = createScene()
    const accessToken = mint({ exp: now + 3 })
    for (const passed of [0, 1, 3, 7]) {
      clock.now = now + passed
      expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
    }
    clock.now = now + 8
    expect(await outcome(guard, request({ accessToken }))).toBe('401 token_expired')
  })

  test('of an unknown key is rejected, and operators see its key id', async () => {
    const { guard, request } = createScene()
    expect(await guard.check(request({ mint: { kid: 'another' } }))).toMatchObject({
      reason: 'token_key_unknown',
      mismatch: {
        name: 'kid',
        expected: ["a key of the issuer's key set, for the alg of the token"],
        received: ['another'],
      },
    })
  })

  test('with another audience shows operators both', async () => {
    const { guard, request } = createScene()
    const events = listenTo('rejected', 'unavailable')
    await guard.check(request({ token: { aud: 'https://other.example.com' } }))
    expect(events).toEqual([
      expect.objectContaining({
        mismatch: { name: 'aud', expected: [resource], received: ['https://other.example.com'] },
      }),
    ])
  })
})

describe('requests that come with one JWT while it is verified', () => {
  const times: [what: string, claims: object, first: number, second: number, outcomes: string[]][] = [
    ['nbf is reached', { nbf: now + 20 }, now, now + 30, ['401 token_not_yet_valid', 'accepted']],
    ['exp is passed', { exp: now + 20 }, now, now + 30, ['accepted', '401 token_expired']],
    ['the clock is set back before exp', { exp: now + 20 }, now + 30, now, ['401 token_expired', 'accepted']],
    ['the clock is set back before nbf', { nbf: now + 20 }, now + 30, now, ['accepted', '401 token_not_yet_valid']],
  ]

  test.each(times)('are each judged by their own time: %s', async (_what, claims, first, second, outcomes) => {
    const { guard, request, clock, mint } = createScene()
    const accessToken = mint({ exp: now + 300, ...claims })
    const checks = [first, second].map((time) => {
      clock.now = time
      return outcome(guard, request({ accessToken }))
    })
    expect(await Promise.all(checks)).toEqual(outcomes)
  })

  test('all fail where it has another fault', async () => {
    const { guard, request, mint } = createScene()
    const accessToken = mint({ aud: 'https://other.example.com' })
    const checks = [1, 2, 3].map(() => outcome(guard, request({ accessToken })))
    expect(await Promise.all(checks)).toEqual(['401 token_audience', '401 token_audience', '401 token_audience'])
  })
})

describe('the type of a JWT', () => {
  const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash']
  const accepts = (tokenTyp: 'at+jwt' | 'any') => {
    const { guard, request, issuer, client } = createScene({ tokenTyp })
    return (typ: string | undefined, claims: object = {}) =>
      outcome(
        guard,
        request({ accessToken: issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }, { header: { typ } }) }),
      )
  }

  test.each(idTokenClaims)('at+jwt is enough, also with the claim %s', async (claim) => {
    for (const tokenTyp of ['at+jwt', 'any'] as const) {
      const ask = accepts(tokenTyp)
      expect(await ask('at+jwt', { [claim]: 'x' })).toBe('accepted')
      expect(await ask('application/AT+JWT', { [claim]: null })).toBe('accepted')
    }
  })

  test.each(idTokenClaims)(
    'JWT or none leaves a doubt, which the claim %s decides: operators see its name',
    async (claim) => {
      const ask = accepts('any')
      const events = listenTo('rejected')
      expect(await ask('JWT', { [claim]: 'value-of-it' })).toBe('401 token_typ')
      expect(await ask(undefined, { [claim]: null })).toBe('401 token_typ')
      expect(events).toMatchObject([
        { reason: 'token_typ', mismatch: { name: claim, expected: ['missing'], received: ['present'] } },
        { reason: 'token_typ', mismatch: { name: claim, expected: ['missing'], received: ['present'] } },
      ])
      expect(JSON.stringify(events)).not.toContain('value-of-it')
    },
  )

  test('that is not accepted is shown to operators with the accepted types', async () => {
    const events = listenTo('rejected')
    expect(await accepts('at+jwt')('JWT')).toBe('401 token_typ')
    expect(await accepts('any')('logout+jwt')).toBe('401 token_typ')
    expect(events).toMatchObject([
      { mismatch: { name: 'typ', expected: ['at+jwt'], received: ['JWT'] } },
      { mismatch: { name: 'typ', expected: ['at+jwt', 'JWT'], received: ['logout+jwt'] } },
    ])
  })
})

test('a token has one spelling: no unused bits and no padding in its signature', async () => {
  const scene = createScene()
  const accessToken = scene.mint()
  const respelled = accessToken.slice(0, -1) + strayBit(accessToken.slice(-1))
  expect(await outcome(scene.guard, scene.request({ accessToken }))).toBe('accepted')
  expect(await outcome(scene.guard, scene.request({ accessToken: respelled }))).toBe('401 token_malformed')
  expect(await outcome(scene.guard, scene.request({ accessToken: `${accessToken}==` }))).toBe('401 token_malformed')
})

/** The last character of 64 bytes in base64url has four bits that mean nothing. */
function strayBit(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) ^ 1] ?? ''
}
