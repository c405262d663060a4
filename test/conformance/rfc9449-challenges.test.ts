import type { GuardOptions, Rejection } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { assertRfc6750Params, parseChallenges } from '../support/challenge-parser.js'
import { createScene, type Scene } from '../support/guard-scene.js'
import { createProofClient } from '../support/proof-client.js'
import { rfcVectors } from '../support/rfc-vectors.js'

/** The challenges that the RFC prints, by figure. */
const figures = {
  15: 'DPoP algs="ES256 PS256"',
  16: 'DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"',
  17: 'Bearer, DPoP algs="ES256 PS256"',
  18: 'Bearer error="invalid_token", error_description="Invalid token", DPoP algs="ES256 PS256"',
  19:
    'Bearer error="invalid_request", error_description="Multiple methods used to include access token", ' +
    'DPoP algs="ES256 PS256", error="invalid_request", error_description="Multiple methods used to include access token"',
}

const token = rfcVectors.rfc9449.accessToken
const realm = 'https://api.example.com'

describe('RFC 9449 section 7.1', () => {
  test('figure 15: the answer to a request without credentials names the scheme and its algorithms', async () => {
    const rejection = await reject({ proof: { algorithms: ['ES256', 'PS256'] } }, () => [])
    expect(rejection.status).toBe(401)
    expect(read(rejection)).toEqual(readFigure(15))
  })

  test('figure 16: a token that is bound to another key has its error in the challenge', async () => {
    const rejection = await reject({ proof: { algorithms: ['ES256'] } }, (scene) => [
      ...scene.request({ token: { cnf: { jkt: createProofClient().jkt } } }).headers,
    ])
    expect(rejection.status).toBe(401)
    expect(read(rejection)).toEqual(readFigure(16))
  })
})

describe('RFC 9449 section 7.2', () => {
  const options: Partial<GuardOptions> = { mode: 'bearer-and-dpop', proof: { algorithms: ['ES256', 'PS256'] } }

  // RFC 6750 section 3 requires a parameter; the bare "Bearer" in RFC 9449 has none.
  test('figure 17: a request without credentials is offered both schemes, Bearer with a realm', async () => {
    const rejection = await reject(options, () => [])
    expect(rejection.status).toBe(401)
    expect(read(rejection)).toEqual({ ...readFigure(17), Bearer: { realm } })
  })

  test('figure 18: a bad Bearer token has its error in the challenge of Bearer alone', async () => {
    const rejection = await reject(options, () => ['Authorization', 'Bearer INVALID_TOKEN'])
    const { Bearer, DPoP } = readFigure(18)
    expect(rejection.status).toBe(401)
    expect(read(rejection)).toEqual({
      Bearer: { ...Bearer, error_description: 'Malformed access token', realm },
      DPoP,
    })
  })

  test('figure 19: two methods at once have the error in both challenges', async () => {
    const headers = ['Authorization', `Bearer ${token}`, 'Authorization', `DPoP ${token}`]
    const rejection = await reject(options, () => headers)
    const { Bearer, DPoP } = readFigure(19)
    expect(rejection.status).toBe(400)
    expect(read(rejection)).toEqual({ Bearer: { ...Bearer, realm }, DPoP })
  })

  test('figure 19: the two methods in the other order get the same answer', async () => {
    const methods = [`Bearer ${token}`, `DPoP ${token}`]
    const inOrder = await reject(options, () => methods.flatMap((value) => ['Authorization', value]))
    const reversed = await reject(options, () => methods.reverse().flatMap((value) => ['Authorization', value]))
    expect(reversed).toEqual(inOrder)
  })
})

async function reject(options: Partial<GuardOptions>, headers: (scene: Scene) => string[]): Promise<Rejection> {
  const scene = createScene(options)
  const verdict = await scene.guard.check({ method: 'GET', target: '/orders', headers: headers(scene) })
  if (verdict.accepted) throw new Error('the request was accepted')
  return verdict
}

type Challenges = Record<string, Record<string, string>>

/** The parameters of each challenge by its scheme, in no order. */
function read(rejection: Rejection): Challenges {
  const lines = [rejection.headers['www-authenticate'] ?? []].flat()
  const challenges = lines.flatMap(parseChallenges)
  challenges.forEach(assertRfc6750Params)
  expect(challenges).toHaveLength(lines.length)
  return byScheme(challenges)
}

function readFigure(figure: keyof typeof figures): Challenges {
  return byScheme(parseChallenges(figures[figure]))
}

function byScheme(challenges: ReturnType<typeof parseChallenges>): Challenges {
  return Object.fromEntries(challenges.map(({ scheme, params }) => [scheme, Object.fromEntries(params)]))
}
