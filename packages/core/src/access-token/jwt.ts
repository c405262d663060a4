import { type CompactJWSHeaderParameters, type CryptoKey, errors } from 'jose'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { type TokenAlgorithm, tokenAlgorithms } from '../proof/algorithms.js'
import { verifyJws } from '../proof/verify-signature.js'
import { verificationKey } from './issuer-key.js'
import type { IssuerKeys } from './issuer-keys.js'
import { checkRegisteredClaims, type ExpectedClaims } from './registered-claims.js'
import { findOrigin, type JwtIssuer, type Origin, openClaims } from './unverified-token.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

export interface JwtPolicy extends ExpectedClaims {
  readonly issuers: ReadonlyMap<string, JwtIssuer>
}

export const accessTokenAlgorithms = Object.keys(tokenAlgorithms) as TokenAlgorithm[]

/**
 * Verifies access tokens as RFC 9068 section 4 says: `typ`, the issuer's own keys and algorithms, `iss`, `aud`, `exp`, `nbf`.
 * Does NOT check whether the token was revoked, nor how it is bound.
 */
export function createJwtVerifier(policy: JwtPolicy): AccessTokenVerifier {
  async function verify(origin: Origin, now: number): Promise<VerifiedToken> {
    const keys = await verifySignature(origin, now)
    const claims = openClaims(origin)
    const expiresAt = checkRegisteredClaims(claims, policy, now)
    const usableUntil = Math.min(expiresAt + policy.clockToleranceSeconds, keys.freshUntil)
    return { claims, expiresAt, usableUntil }
  }
  return { verify: (token, now) => verify(findOrigin(token, policy.issuers), now), flights: 'shared' }
}

/** Resolves to the issuer's keys, one of which verifies the signature. */
async function verifySignature(origin: Origin, now: number): Promise<IssuerKeys> {
  const { issuer, header } = origin
  const keys = await issuer.keys.current(now)
  const failed = await findSignatureFailure(origin, keys)
  if (failed === undefined) return keys
  // A token that names no key may be forged, but it may also be signed with a new key.
  const mayBeNew = failed.reason === 'token_key_unknown' || header.kid === undefined
  const newer = mayBeNew ? await issuer.keys.newerThan(keys, now) : undefined
  if (newer === undefined) throw failed
  const stillFailed = await findSignatureFailure(origin, newer)
  if (stillFailed !== undefined) throw stillFailed
  return newer
}

async function findSignatureFailure(origin: Origin, keys: IssuerKeys): Promise<CheckFailed | undefined> {
  const { algorithm, header, signingInput, signature } = origin
  let failed: CheckFailed | undefined
  // A token without a key id may be signed with any of several keys.
  for await (const key of candidates(header, keys)) {
    try {
      await verifyJws(
        tokenAlgorithms[algorithm],
        await verificationKey(key),
        signingInput,
        signature,
        'token_signature',
      )
      return undefined
    } catch (error) {
      if (!CheckFailed.is(error)) throw error
      failed = error
    }
  }
  return failed ?? unknownKey(header)
}

function unknownKey({ kid }: Origin['header']): CheckFailed {
  const expected = ["a key of the issuer's key set, for the alg of the token"]
  return new CheckFailed('token_key_unknown', { name: 'kid', expected, received: kid })
}

/** The key is found by the header alone, so the other parts stay empty. */
const unsigned = { payload: '', signature: '' }

/** The issuer's keys that may have signed a token with this header. */
async function* candidates(header: Origin['header'], keys: IssuerKeys): AsyncGenerator<CryptoKey> {
  try {
    // A key set has only public keys of WebCrypto.
    yield (await keys.find(header as unknown as CompactJWSHeaderParameters, unsigned)) as CryptoKey
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return
    // For example, a key that cannot be imported. The issuer must fix that.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw new CheckUnavailable('keys_unavailable', error)
    yield* error
  }
}
