import type { JsonWebKey } from 'node:crypto'
import { createScene, mistyped, now, outcome } from './guard-scene.js'
import { serveDocuments } from './issuer-documents.js'
import type { SignatureAlgorithm } from './proof-client.js'
import { createTestIssuer, type MintOptions, type TestIssuer } from './test-issuer.js'

export type Source = 'given' | 'fetched'

export const jwksUri = 'https://as.example.com/jwks'

interface Parts {
  alg?: SignatureAlgorithm
  /** The set, from the issuer's own public key. */
  keys: (good: JsonWebKey) => readonly unknown[]
  source?: Source
  algorithms?: readonly string[]
}

/** One for each algorithm, because RSA keys take long to make. */
const issuers = new Map<SignatureAlgorithm, TestIssuer>()
function issuerOf(alg: SignatureAlgorithm): TestIssuer {
  const issuer = issuers.get(alg) ?? createTestIssuer({ alg, kid: 'good' })
  issuers.set(alg, issuer)
  return issuer
}

/** A guard with these keys. `ask` sends a token of the issuer, with another header or key. */
export function createKeyScene({ alg = 'ES256', keys, source = 'given', algorithms }: Parts) {
  const issuer = issuerOf(alg)
  const [good = {}] = issuer.jwks.keys
  const jwks = { keys: keys(good) }
  const asked = serveDocuments({ [jwksUri]: () => Response.json(jwks) })
  const where = source === 'given' ? { jwks: mistyped<{ keys: [] }>(jwks) } : { jwksUri }
  const scene = createScene({ issuer: { issuer: issuer.issuer, algorithms, ...where } }, issuer)
  const ask = (options?: MintOptions) => {
    const accessToken = issuer.mint({ now, cnf: { jkt: scene.client.jkt } }, options)
    return outcome(scene.guard, scene.request({ accessToken }))
  }
  return { ask, asked }
}
