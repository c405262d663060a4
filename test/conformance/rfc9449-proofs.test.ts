import { memoryReplayStore, verifyProof } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene } from '../support/guard-scene.js'
import { createProofClient } from '../support/proof-client.js'
import { rfcVectors } from '../support/rfc-vectors.js'

const { jkt, accessToken, ath, figure2_tokenRequestProof, figure7_refreshProof, figure13_resourceProof } =
  rfcVectors.rfc9449

const tokenEndpoint = 'https://server.example.com/token'

const tokenRequestProofs = [
  { figure: 'figure 2', proof: figure2_tokenRequestProof },
  { figure: 'figure 7', proof: figure7_refreshProof },
]

describe.each(tokenRequestProofs)('RFC 9449 section 5, $figure', ({ proof: { jwt, payload } }) => {
  const request = { method: 'POST', url: tokenEndpoint, headers: ['DPoP', jwt] }
  const clock = () => payload.iat

  test('verifies at the token endpoint and has the thumbprint to bind the token to', async () => {
    const result = await verifyProof(request, { replayStore: memoryReplayStore({ clock }), clock })
    expect(result).toEqual({ verified: true, jkt, claims: payload })
  })

  test('is rejected at a resource server, because it has no "ath"', async () => {
    const result = await verifyProof({ ...request, accessToken }, { replayStore: 'off', clock })
    expect(result).toMatchObject({ verified: false, reason: 'proof_ath', error: 'invalid_dpop_proof' })
  })

  test('is rejected by a guard, although the token is bound to its key', async () => {
    const { guard, credentials } = createResourceServer('https://server.example.com', payload.iat)
    const verdict = await guard.check({ method: 'POST', target: '/token', headers: [...credentials, 'DPoP', jwt] })
    expect(verdict).toMatchObject({ status: 401, reason: 'proof_ath', error: 'invalid_dpop_proof' })
  })

  test('is rejected with another method, at another path and at another time', async () => {
    const reasonOf = async (changed: object, time = payload.iat) => {
      const result = await verifyProof({ ...request, ...changed }, { replayStore: 'off', clock: () => time })
      return result.verified ? 'verified' : result.reason
    }
    expect(await reasonOf({ method: 'GET' })).toBe('proof_htm')
    expect(await reasonOf({ url: `${tokenEndpoint}/` })).toBe('proof_htu')
    expect(await reasonOf({}, payload.iat + 60)).toBe('verified')
    expect(await reasonOf({}, payload.iat + 61)).toBe('proof_expired')
    expect(await reasonOf({}, payload.iat - 30)).toBe('verified')
    expect(await reasonOf({}, payload.iat - 31)).toBe('proof_from_future')
  })
})

describe('RFC 9449 section 7.1, figure 13', () => {
  const { jwt, payload, method, url, validAt, authorization } = figure13_resourceProof
  const request = { method, url, headers: ['DPoP', jwt], accessToken }
  const clock = () => validAt

  test('verifies with its access token, once', async () => {
    const options = { replayStore: memoryReplayStore({ clock }), clock }
    expect(await verifyProof(request, options)).toEqual({ verified: true, jkt, claims: payload })
    expect(await verifyProof(request, options)).toMatchObject({ verified: false, reason: 'proof_replayed' })
  })

  test('is rejected with another access token', async () => {
    const result = await verifyProof({ ...request, accessToken: `${accessToken}x` }, { replayStore: 'off', clock })
    expect(result).toMatchObject({ verified: false, reason: 'proof_ath' })
  })

  test('is rejected with one character of its signature changed', async () => {
    const changed = jwt.replace('.2oW9', '.3oW9')
    expect(changed).not.toBe(jwt)
    const result = await verifyProof({ ...request, headers: ['DPoP', changed] }, { replayStore: 'off', clock })
    expect(result).toMatchObject({ verified: false, reason: 'proof_signature' })
  })

  test('has an access token that a guard for JWTs reads, but does not accept', async () => {
    const { guard } = createResourceServer('https://resource.example.org', validAt)
    const headers = ['Authorization', authorization, 'DPoP', jwt]
    const verdict = await guard.check({ method, target: '/protectedresource', headers })
    expect(verdict).toMatchObject({ status: 401, reason: 'token_malformed', error: 'invalid_token' })
  })

  test('passes every check of a guard but "ath" with a JWT that is bound to its key', async () => {
    const { guard, credentials } = createResourceServer('https://resource.example.org', validAt)
    const headers = [...credentials, 'DPoP', jwt]
    const verdict = await guard.check({ method, target: '/protectedresource', headers })
    expect(verdict).toMatchObject({ status: 401, reason: 'proof_ath' })
  })

  test('is rejected by a guard with a token that is bound to another key', async () => {
    const { guard, bind } = createResourceServer('https://resource.example.org', validAt)
    const headers = [...bind(createProofClient().jkt), 'DPoP', jwt]
    const verdict = await guard.check({ method, target: '/protectedresource', headers })
    expect(verdict).toMatchObject({ status: 401, reason: 'token_key_mismatch', error: 'invalid_token' })
  })
})

test('RFC 9449 section 4.2: the "ath" of figure 13 is the hash of its access token', async () => {
  const client = createProofClient()
  const { method, url, validAt } = figure13_resourceProof
  const verify = (claim: string) => {
    const proof = client.proof({ method, url, now: validAt, claims: { ath: claim } })
    return verifyProof(
      { method, url, headers: ['DPoP', proof], accessToken },
      { replayStore: 'off', clock: () => validAt },
    )
  }
  expect(await verify(ath)).toMatchObject({ verified: true })
  expect(await verify(ath.toLowerCase())).toMatchObject({ verified: false, reason: 'proof_ath' })
})

/** A guard with an issuer that binds tokens to the RFC's key, or to another one. */
function createResourceServer(origin: string, time: number) {
  const { guard, mint } = createScene({ resource: origin, clock: () => time })
  const bind = (thumbprint: string) => [
    'Authorization',
    `DPoP ${mint({ now: time, aud: origin, cnf: { jkt: thumbprint } })}`,
  ]
  return { guard, bind, credentials: bind(jkt) }
}
