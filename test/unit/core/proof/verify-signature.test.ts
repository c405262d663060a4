import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'
import { createProofClient } from '../../../support/proof-client.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

/** The signature of a JWS that begins with a zero byte, without this byte. In RSA it is the same number. */
function withoutLeadingZero(sign: () => string): string {
  for (;;) {
    const [header, payload, signature = ''] = sign().split('.')
    const bytes = Buffer.from(signature, 'base64url')
    if (bytes[0] === 0) return `${header}.${payload}.${bytes.subarray(1).toString('base64url')}`
  }
}

describe('an RSASSA-PSS signature without its leading zero byte', () => {
  test('of a proof is rejected', async () => {
    const client = createProofClient('PS256')
    const { guard, issuer } = createScene()
    const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt } })
    const parts = { method: 'GET', url: 'https://api.example.com/orders', now, accessToken }
    const ask = (proof: string) =>
      outcome(guard, {
        method: 'GET',
        target: '/orders',
        headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof],
      })
    expect(await ask(client.proof(parts))).toBe('accepted')
    expect(await ask(withoutLeadingZero(() => client.proof(parts)))).toBe('401 proof_signature')
  })

  test('of an access token is rejected', async () => {
    const issuer = createTestIssuer({ alg: 'PS256' })
    const { guard, request, client } = createScene({}, issuer)
    let count = 0
    const mint = () => issuer.mint({ now, cnf: { jkt: client.jkt }, count: count++ })
    expect(await outcome(guard, request({ accessToken: mint() }))).toBe('accepted')
    expect(await outcome(guard, request({ accessToken: withoutLeadingZero(mint) }))).toBe('401 token_signature')
  })
})
