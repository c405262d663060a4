// The members of a proof's jwk that state its use.
import { expect, test } from 'vitest'
import { createScene, now, outcome, resource } from '../../../support/guard-scene.js'
import { createProofClient, type SignatureAlgorithm } from '../../../support/proof-client.js'

const all: SignatureAlgorithm[] = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA']
const { guard, mint } = createScene({ replayStore: 'off', proof: { algorithms: all } })
const clients = all.map((alg) => {
  const client = createProofClient(alg)
  return { alg, client, accessToken: mint({ cnf: { jkt: client.jkt } }) }
})

/** RFC 9864: `EdDSA` is the older name, and here it means only Ed25519. */
const sameAlgorithm = (alg: string) => (alg === 'EdDSA' ? 'Ed25519' : alg)

const names = [...all, 'none', 'ES256K', 'Ed448', 'HS256', 'eddsa', '', 'toString', '__proto__', null, 1, ['ES256'], {}]

test.each(clients)(
  'a proof with $alg: its key may name that algorithm, under both names if it has two, and no other',
  async ({ alg, client, accessToken }) => {
    for (const intended of names) {
      const header = { alg, jwk: { ...client.jwk, alg: intended } }
      const same = typeof intended === 'string' && sameAlgorithm(intended) === sameAlgorithm(alg)
      const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, header })
      const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
      const verdict = await outcome(guard, { method: 'GET', target: '/orders', headers })
      expect({ intended, verdict }).toEqual({ intended, verdict: same ? 'accepted' : '401 proof_key' })
    }
  },
)
