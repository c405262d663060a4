// @ts-check
/**
 * RFC 9449 as a second opinion: jose for everything signed, the RFC's own comparisons for the rest. It shares no code with the
 * guard. It is lenient wherever the RFCs leave a choice, so a request that it rejects may never be accepted.
 */
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { normalizeByTheBook } from './rfc3986.js'

/** @typedef {import('./oracle.d.ts').OracleProofFacts} ProofFacts */
/** @typedef {import('./oracle.d.ts').OracleRequest} OracleRequest */
/** @typedef {import('./oracle.d.ts').OraclePolicy} OraclePolicy */
/** @typedef {import('./oracle.d.ts').Opinion} Opinion */

/** A check that failed, by its place in the RFCs. */
class Objection extends Error {}

/** @type {(holds: boolean, place: string) => asserts holds} */
function require(holds, place) {
  if (!holds) throw new Objection(place)
}

const proofAlgorithms = ['ES256', 'PS256', 'Ed25519', 'EdDSA']
const accessTokenAlgorithms = [
  ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
  ...['RS256', 'RS384', 'RS512', 'Ed25519', 'EdDSA'],
]

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, and RFC 9964. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The bounds of a proof's age, with the guard's defaults, and the tolerance for an access token's times. */
const maxAgeSeconds = 60
const futureToleranceSeconds = 30
const clockToleranceSeconds = 5

/**
 * RFC 9449 section 4.3 for one proof. Returns its key's thumbprint and its `jti`. Throws where a check fails.
 *
 * @param {string} proof
 * @param {ProofFacts} facts
 */
async function verifyProofByTheBook(proof, { method, urls, accessToken, now, freshness = 'iat', nonces = [] }) {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    algorithms: proofAlgorithms,
    typ: 'dpop+jwt',
    currentDate: new Date(now * 1000),
    clockTolerance: futureToleranceSeconds,
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
  })
  const { jwk } = protectedHeader
  const { jti, htm, htu, iat, ath, nonce } = payload
  require(jwk !== undefined && privateMembers.every((member) => !Object.hasOwn(jwk, member)), '9449 4.3: 7')
  require(typeof jti === 'string', '9449 4.3: 3, jti')
  require(htm === method, '9449 4.3: 8')
  const uri = typeof htu === 'string' ? normalizeByTheBook(htu) : undefined
  require(uri !== undefined && urls.includes(uri), '9449 4.3: 9')
  if (freshness !== 'iat') require(typeof nonce === 'string' && nonces.includes(nonce), '9449 4.3: 10')
  require(typeof iat === 'number', '9449 4.3: 3, iat')
  const inWindow = iat >= now - maxAgeSeconds && iat <= now + futureToleranceSeconds
  if (freshness !== 'nonce') require(inWindow, '9449 4.3: 11')
  require(ath === createHash('sha256').update(accessToken, 'latin1').digest('base64url'), '9449 4.3: 12, ath')
  return { jkt: await calculateJwkThumbprint(jwk), jti, acceptableUntil: iat + maxAgeSeconds }
}

/**
 * Whether RFC 9449 section 4.3 accepts this proof for a key.
 *
 * @param {string} proof
 * @param {ProofFacts & { jkt: string }} facts
 */
export async function isGoodProof(proof, facts) {
  try {
    return (await verifyProofByTheBook(proof, facts)).jkt === facts.jkt
  } catch {
    return false
  }
}

/**
 * A resource server's second opinion on requests, one after the other. It remembers what it accepted (RFC 9449 section 11.1).
 *
 * @param {OraclePolicy} policy
 */
export function createOracle(policy) {
  /** @type {Map<string, number>} */
  const used = new Map()

  /**
   * @param {OracleRequest} request
   * @returns {Promise<Opinion>}
   */
  async function judge(request) {
    try {
      return { accepted: true, ...(await verifyRequest(request, policy, used)) }
    } catch (error) {
      if (error instanceof Error) return { accepted: false, objection: error.message }
      throw error
    }
  }
  return { judge }
}

/** Credentials of RFC 9110 section 11.4 with a token68. */
const credentials = /^([\w!#$%&'*+.^`|~-]+) +([\w.~+/-]+=*)$/

/**
 * @param {OracleRequest} request
 * @param {OraclePolicy} policy
 * @param {Map<string, number>} used
 */
async function verifyRequest(request, policy, used) {
  const { method, target, now } = request
  const authorization = valuesOf(request, 'authorization')
  const proofs = valuesOf(request, 'dpop')
  require(valuesOf(request, 'host').length <= 1, '9112 3.2')
  require(authorization.length === 1, '9110 5.3')
  const [, scheme = '', accessToken = ''] = credentials.exec(authorization[0] ?? '') ?? []
  const query = /^[^?#]*\?([^#]*)/.exec(target)?.[1] ?? ''
  // Behind an ampersand, because URLSearchParams drops a "?" at the start.
  require(!new URLSearchParams(`&${query}`).has('access_token'), '6750 2')

  const { payload } = await jwtVerify(accessToken, policy.findKey, {
    issuer: policy.issuer,
    audience: policy.audience,
    typ: 'at+jwt',
    algorithms: accessTokenAlgorithms,
    currentDate: new Date(now * 1000),
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp'],
  })
  if (scheme.toLowerCase() === 'bearer') {
    require(policy.mode === 'bearer-and-dpop', '9449 7.2')
    require(!Object.hasOwn(payload, 'cnf'), '9449 7.2, bound')
    require(proofs.length === 0, '9449 7.2, proof')
    return {}
  }
  require(scheme.toLowerCase() === 'dpop', '9449 7.1')
  require(proofs.length === 1, '9449 4.3: 1')
  const urls = urlsOf(target, policy.publicUrl)
  const { freshness, nonces } = { ...policy, ...request }
  const facts = { method, urls, accessToken, now, freshness, nonces }
  const { jkt, jti, acceptableUntil } = await verifyProofByTheBook(proofs[0] ?? '', facts)
  const { cnf } = /** @type {{ cnf?: Record<string, unknown> }} */ (payload)
  require(cnf?.jkt === jkt, '9449 4.3: 12, jkt')
  require(!Object.hasOwn(cnf, 'x5t#S256'), '8705 3')

  const identity = JSON.stringify([jkt, jti])
  require(now > (used.get(identity) ?? Number.NEGATIVE_INFINITY), '9449 11.1')
  used.set(identity, freshness === 'nonce' ? Number.POSITIVE_INFINITY : acceptableUntil)
  return { jkt }
}

/**
 * @param {OracleRequest} request
 * @param {string} name
 */
function valuesOf({ headers }, name) {
  return headers.flatMap((item, index) =>
    index % 2 === 0 && item.toLowerCase() === name ? [(headers[index + 1] ?? '').replace(/^[ \t]+|[ \t]+$/g, '')] : [],
  )
}

/**
 * The expected `htu`, normalised: the target URI (RFC 9112 section 3.3) on the public origin.
 *
 * @param {string} target
 * @param {string} publicUrl
 */
function urlsOf(target, publicUrl) {
  const absolute = target.startsWith('/') ? publicUrl + target : target
  const uri = normalizeByTheBook(absolute)
  return uri?.startsWith(`${publicUrl}/`) ? [uri] : []
}
