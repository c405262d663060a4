// @ts-check
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** @typedef {'ES256' | 'PS256' | 'RS256' | 'Ed25519'} Algorithm */
/** @typedef {{ algorithm: Algorithm, jwk: Jwk, jkt: string, mintProof: (facts: ProofFacts) => string }} Client */
/** @typedef {{ claims?: Record<string, unknown> | undefined, header?: Record<string, unknown> | undefined }} ProofChanges */
/** @typedef {Record<string, unknown>} Jwk A public key. */
/** @typedef {ReturnType<typeof createIssuer>} Issuer */
/** @typedef {{ method: string, url: string, accessToken: string } & ProofChanges} ProofFacts */

export const issuerUrl = 'https://as.example.com'
export const resourceUrl = 'https://api.example.com'

/**
 * Node 20 can deadlock when the public key of a new key pair is exported as a JWK. The export locks the key. If the garbage
 * collector runs then, it locks the key again to free the job that made it. A copy has its own lock.
 */
function exportJwk(/** @type {import('node:crypto').KeyObject} */ publicKey) {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const copy = createPublicKey({ key: spki, type: 'spki', format: 'der' })
  return /** @type {Jwk} */ (copy.export({ format: 'jwk' }))
}

/** @type {Record<Algorithm, { generate: () => import('node:crypto').KeyPairKeyObjectResult, members: string[], digest?: string, options?: import('node:crypto').SigningOptions }>} */
export const algorithms = {
  ES256: {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    members: ['crv', 'kty', 'x', 'y'],
    digest: 'sha256',
    options: { dsaEncoding: 'ieee-p1363' },
  },
  PS256: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    members: ['e', 'kty', 'n'],
    digest: 'sha256',
    options: { padding: 6, saltLength: 32 },
  },
  RS256: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    members: ['e', 'kty', 'n'],
    digest: 'sha256',
  },
  Ed25519: { generate: () => generateKeyPairSync('ed25519'), members: ['crv', 'kty', 'x'] },
}

/** @param {unknown} value */
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** @param {string | Buffer} text */
export const digestOf = (text) => createHash('sha256').update(text).digest('base64url')

/** @param {Algorithm} algorithm */
function createSigner(algorithm) {
  const { generate, members, digest, options } = algorithms[algorithm]
  const { publicKey, privateKey } = generate()
  const exported = exportJwk(publicKey)
  const jwk = Object.fromEntries(members.map((name) => [name, exported[name]]))
  /** @type {(header: object, payload: object) => string} */
  const signCompact = (header, payload) => {
    const input = `${encode(header)}.${encode(payload)}`
    const signature = sign(digest ?? null, Buffer.from(input), { key: privateKey, ...options })
    return `${input}.${signature.toString('base64url')}`
  }
  return { jwk, signCompact }
}

/**
 * A client with one key. It signs its proofs at once, so make them before the measurement.
 *
 * @param {Algorithm} [algorithm]
 * @returns {Client}
 */
export function createClient(algorithm = 'ES256') {
  const { jwk, signCompact } = createSigner(algorithm)
  const header = { typ: 'dpop+jwt', alg: algorithm, jwk }
  return {
    algorithm,
    jwk,
    jkt: digestOf(JSON.stringify(jwk)),
    mintProof: ({ method, url, accessToken, claims, header: parameters }) => {
      const iat = Math.floor(Date.now() / 1000)
      const changed = { ...header, ...parameters }
      return signCompact(changed, {
        jti: randomUUID(),
        htm: method,
        htu: url,
        iat,
        ath: digestOf(accessToken),
        ...claims,
      })
    },
  }
}

/**
 * An authorization server that consists only of its key. `jwks` is for the guard's options.
 *
 * @param {Algorithm} [algorithm]
 */
export function createIssuer(algorithm = 'ES256') {
  const { jwk, signCompact } = createSigner(algorithm)
  const kid = digestOf(JSON.stringify(jwk))
  return {
    algorithm,
    jwks: { keys: [{ ...jwk, kid, alg: algorithm, use: 'sig' }] },
    /**
     * An RFC 9068 access token bound to the key with this thumbprint.
     *
     * @param {string} jkt
     * @param {Record<string, unknown>} [claims]
     */
    mintAccessToken: (jkt, claims) => {
      const iat = Math.floor(Date.now() / 1000)
      const standard = { iss: issuerUrl, aud: resourceUrl, sub: 'user-1', client_id: 'client-1', scope: 'orders:read' }
      const payload = { ...standard, jti: randomUUID(), iat, exp: iat + 3600, cnf: { jkt }, ...claims }
      return signCompact({ typ: 'at+jwt', alg: algorithm, kid }, payload)
    },
  }
}

/** Changes the first character, because the last bits of the last one may not belong to the signature. @param {string} compact */
export function spoilSignature(compact) {
  const start = compact.lastIndexOf('.') + 1
  return `${compact.slice(0, start)}${compact[start] === 'A' ? 'B' : 'A'}${compact.slice(start + 1)}`
}
