import { createProofClient } from '@dpop-guard/testing'
import { describe, expect, test } from 'vitest'
import {
  client,
  issuer,
  known,
  now,
  outcomes,
  proof,
  run,
  startServer,
  textless,
  token,
  url,
} from '../../support/inspect-scene.js'

describe('a good proof', () => {
  test('passes every check, the nonce and the token included', async () => {
    const text = client.proof({ method: 'GET', url, now, accessToken: token, nonce: 'n1' })
    const { code, stdout, stderr } = await run([text, ...known, '--token', token, '--nonce', 'n1'])
    expect(stderr).toBe('')
    expect(outcomes(stdout)).toEqual([
      ...['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '12'].map((step) => `${step} pass`),
      ...['token pass', 'token pass', 'token  -', 'token  -', 'token  -'],
    ])
    expect(stdout).toContain('Nothing failed, 3 not checked.')
    expect(code).toBe(0)
  })

  test('without its request is checked as far as possible', async () => {
    const { code, stdout } = await run([proof(), '--now', String(now)])
    expect(outcomes(stdout).filter((line) => line.endsWith('-'))).toEqual(['8  -', '9  -', '10  -', '12  -', '12  -'])
    expect(code).toBe(0)
  })

  test.each(['PS256', 'Ed25519', 'EdDSA'] as const)('may be signed with %s', async (alg) => {
    const other = createProofClient(alg)
    expect((await run([other.proof({ method: 'GET', url, now }), ...known])).code).toBe(0)
  })

  test('may have an algorithm from --algs', async () => {
    const text = createProofClient('RS256').proof({ method: 'GET', url, now })
    expect(outcomes((await run([text, ...known])).stdout)).toContain('5 FAIL')
    expect((await run([text, ...known, '--algs', 'ES256,RS256'])).code).toBe(0)
  })
})

describe('an invalid proof', () => {
  test('has all its faults reported at once', async () => {
    const text = client.proof({
      method: 'POST',
      url: 'https://api.example.com/order',
      now: now - 75,
      header: { typ: 'JWT' },
      claims: { jti: undefined },
    })
    const { code, stdout } = await run([text, ...known, '--token', token])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(
      ['3', '4', '8', '9', '11', '12'].map((step) => `${step} FAIL`),
    )
    expect(stdout).toContain('jti is missing')
    expect(stdout).toContain('different path (expected /orders, received /order)')
    expect(stdout).toContain('A guard answers 401 invalid_dpop_proof "DPoP proof typ must be dpop+jwt"')
    expect(code).toBe(1)
  })

  test('with the wrong key is not reported as forged', async () => {
    const other = createProofClient()
    const stolen = other.proof({ method: 'GET', url, now, accessToken: token })
    const { stdout } = await run([stolen, ...known, '--token', token])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['12 FAIL'])
    expect(stdout).toContain(client.jkt)
    expect(stdout).toContain(other.jkt)
    expect(stdout).toContain(
      'The proof itself is good. A guard answers 401 invalid_token "Invalid DPoP key binding"; its reason is token_key_mismatch, check 12.\n',
    )
  })

  test.each([
    ['htu', { url: 'https://api.example.com/other' }, 'token_key_mismatch, check 12.'],
    ['typ', { header: { typ: 'JWT' } }, 'proof_typ, check 4.'],
  ])('by the wrong key, and with a wrong %s, has the reason that a guard finds first', async (_name, parts, reason) => {
    const stolen = createProofClient().proof({ method: 'GET', url, now, accessToken: token, ...parts })
    const { stdout } = await run([stolen, ...known, '--token', token])
    expect(stdout).toContain(`its reason is ${reason}\n`)
  })

  test('by the wrong key, with a token that fails by itself, has no reason that a guard may never reach', async () => {
    const expired = issuer.mint({ now: now - 3600, cnf: { jkt: client.jkt } })
    const stolen = createProofClient().proof({ method: 'GET', url, now, accessToken: expired })
    const { stdout } = await run([stolen, ...known, '--token', expired])
    expect(outcomes(stdout).filter((line) => line.includes('FAIL'))).toEqual(['12 FAIL', 'token FAIL'])
    expect(stdout).toContain('2 failed, 4 not checked. The proof itself is good.\n')
  })

  test('without ath is explained: the client left it out', async () => {
    const hintFor = async (parts: object) => {
      const text = client.proof({ method: 'GET', url, now, ...parts })
      return /hint {6}(.*)/.exec((await run([text, ...known, '--token', token])).stdout)?.[1]
    }
    expect(await hintFor({})).toContain('the client left ath out')
    expect(await hintFor({ accessToken: 'another' })).toContain('was the token refreshed since, or cut, or trimmed?')
  })

  test.each([
    ['https://api.example.com/orders/', 'the slash is part of the path'],
    ['http://api.example.com/orders', 'the client signs http'],
    ['https://localhost/orders', "set the guard's publicUrl"],
    ['https://api.example.com/svc1/orders', 'a proxy strips "/svc1"'],
    ['https://api.example.com/Orders', 'upper and lower case are different'],
    ['https://api.example.com:8443/orders', 'different port (expected the default, received 8443)'],
    ['https://api.example.com/order%73x', 'each URL needs a new proof'],
    ['/orders', 'htu is the whole URL'],
  ])('with htu %s is explained', async (htu, hint) => {
    const { stdout } = await run([client.proof({ method: 'GET', url: htu, now }), ...known])
    expect(outcomes(stdout)).toContain('9 FAIL')
    expect(stdout).toContain(hint)
    expect(stdout).toContain(`received  ${htu}`)
  })

  test.each([
    ['http://localhost:3000/orders', true],
    ['http://127.0.0.1:3000/orders', true],
    ['http://[::1]:3000/orders', true],
    ['https://other.example/orders', false],
  ])('for another host than --url %s may have the public one: %s', async (given, hinted) => {
    const { stdout } = await run([proof(), '--method', 'GET', '--url', given, '--now', String(now)])
    expect(outcomes(stdout)).toContain('9 FAIL')
    expect(stdout.includes('; or --url is not the public URL')).toBe(hinted)
  })

  test.each([
    ['DPoP eyJ.eyJ.x', 'belongs to the name of the field'],
    ['a.b,c.d', 'two proofs in one field'],
    ['a.b', 'it has 2 parts'],
    ['a.b\n.c', 'broken into lines'],
    ['a.b.c=', 'padding'],
    ['a.b.c+/', 'not base64url'],
    ['rubbish', 'it has 1 part,'],
  ])('%j is explained', async (text, why) => {
    const { code, stdout } = await run([text, ...known])
    expect(stdout).toContain(why)
    expect(code).toBe(1)
  })

  test.each([
    ['htm', { claims: { htm: textless } }, '8 FAIL', 'received  {"toString":1}'],
    ['jwk.kty', { header: { jwk: { kty: textless } } }, '7 FAIL', 'this jwk ({"toString":1})'],
    ['alg', { header: { alg: textless } }, '5 FAIL', 'received  {"toString":1}'],
    ['iat', { claims: { iat: textless } }, '3 FAIL', 'iat is {"toString":1}'],
    ['htu', { claims: { htu: textless } }, '9 FAIL', 'received  {"toString":1}'],
    ['nonce', { claims: { nonce: textless } }, '10 FAIL', 'received  {"toString":1}'],
  ])('with an object for %s that does not convert to a string is reported', async (_name, parts, outcome, message) => {
    const text = client.proof({ method: 'GET', url, now, ...parts })
    const { code, stdout, stderr } = await run([text, ...known, '--nonce', 'n', '-v'])
    expect([code, stderr]).toEqual([1, ''])
    expect(outcomes(stdout)).toContain(outcome)
    expect(stdout).toContain(message)
  })

  test.each([
    [{ iat: now - 95 }, 'iat is 95 s ago', 'received  iat 1799999905 (2027-01-15T07:58:25Z), 95 s ago\n'],
    [
      { iat: now + 31.5 },
      'iat is 31.5 s ahead',
      'received  iat 1800000031.5 (2027-01-15T08:00:31.500Z), 31.5 s ahead\n',
    ],
    [{ exp: now - 30 }, ': exp is 30 s ago', 'received  exp 1799999970 (2027-01-15T07:59:30Z), 30 s ago\n'],
    [{ nbf: now + 31 }, ': nbf is 31 s ahead', 'received  nbf 1800000031 (2027-01-15T08:00:31Z), 31 s ahead\n'],
    [{ iat: 1e14 }, 's ahead', 'received  iat 100000000000000, '],
  ])('with the times %j shows them as dates', async (claims, why, received) => {
    const { code, stdout } = await run([client.proof({ method: 'GET', url, now, claims }), ...known])
    expect(outcomes(stdout)).toContain('11 FAIL')
    expect(stdout).toContain(why)
    expect(stdout).toContain(received)
    expect(stdout).toContain(' 1800000000 (2027-01-15T08:00:00Z)\n')
    expect(code).toBe(1)
  })

  test.each([
    ['GET', 'POST', 'the proof was made for GET, the request is POST: make a new proof for each request'],
    ['get', 'GET', 'methods are case-sensitive; usually both the request and its proof say "GET"'],
    [['GET'], 'GET', 'htm is the method as a string: "GET"'],
  ])('with htm %j for %s is explained', async (htm, method, hint) => {
    const { code, stdout } = await run([
      client.proof({ method, url, now, claims: { htm } }),
      ...known,
      '--method',
      method,
    ])
    expect(outcomes(stdout)).toContain('8 FAIL')
    expect(stdout).toContain(`hint      ${hint}`)
    expect(code).toBe(1)
  })

  test('that is an access token is explained', async () => {
    expect((await run([token, ...known])).stdout).toContain('hint      this is an access token')
  })

  test('that is a file name, or empty, is explained', async () => {
    expect((await run(['proof.txt', ...known])).stdout).toContain('hint      a proof begins with eyJ')
    expect((await run(['', ...known])).stdout).toContain('is the variable set?')
  })

  test('from another time is explained with --now', async () => {
    const { stdout } = await run([client.proof({ method: 'GET', url, now: now - 3600 }), ...known])
    expect(stdout).toContain(`--now ${now - 3600}`)
    expect((await run([client.proof({ method: 'GET', url, now: now - 70 }), ...known, '--max-age', '80'])).code).toBe(0)
    expect((await run([proof(), '--now', '2027-01-15T09:00:30+01:00'])).stdout).toContain(
      'iat: 1800000000 (2027-01-15T08:00:00Z), 30 s ago\n',
    )
    const milliseconds = client.proof({ method: 'GET', url, now: now * 1000 })
    expect((await run([milliseconds, ...known])).stdout).toContain('milliseconds')
  })
})

describe('JSON that is nested too deep', () => {
  /** In the place of "nested" in the JSON of a part. */
  const nest = (json: object, levels: number) =>
    Buffer.from(JSON.stringify(json).replace('"nested"', '['.repeat(levels) + ']'.repeat(levels))).toString('base64url')
  const parts = () => client.proof({ method: 'GET', url, now, accessToken: token }).split('.')

  test.each([
    ['header', { typ: 'dpop+jwt', alg: 'ES256', jwk: 'nested' }, 0],
    ['payload', { jti: 'j', htm: 'GET', htu: url, iat: now, ath: 'nested' }, 1],
  ] as const)('in the %s of a proof is a failed check', async (part, json, index) => {
    for (const [levels, why] of [
      [20_000, /it has \d+ characters, the limit is 8192/],
      [2_500, new RegExp(`the ${part} is not a JSON object.*nested more than 64 levels deep`)],
      [60, /it has \d parts|too deep/],
    ] as const) {
      const text = parts().with(index, nest(json, levels)).join('.')
      const { code, stdout, stderr } = await run([text, ...known, '--token', token, '-v'])
      expect([code, stderr, outcomes(stdout)[1]]).toEqual([1, '', '2 FAIL'])
      expect(stdout).toMatch(why)
    }
  })

  test('in an access token is left to the issuer', async () => {
    const bad = token
      .split('.')
      .with(1, nest({ exp: 'nested', cnf: 'nested' }, 20_000))
      .join('.')
    const text = client.proof({ method: 'GET', url, now, accessToken: bad })
    const { code, stdout, stderr } = await run([text, ...known, '--token', bad])
    expect([code, stderr, outcomes(stdout).slice(-2)]).toEqual([0, '', ['12  -', 'token  -']])
    expect(stdout).toContain('it looks like a JWT, but the payload is not a JSON object')
  })

  test('in the metadata of an issuer, or in its keys, is rejected', async () => {
    const origin = await startServer(() => (_request, response) => {
      response.end(`{"issuer":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
    })
    for (const option of ['--issuer', '--jwks']) {
      const { code, stderr } = await run([proof(), ...known, '--token', token, option, origin])
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/has more levels or members than such a document needs/),
      ])
    }
  })
})
