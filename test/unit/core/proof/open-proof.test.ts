import { expect, test } from 'vitest'
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
