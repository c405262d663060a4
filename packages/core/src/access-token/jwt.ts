import { isPending } from '../awaitable.js'
import { CheckFailed } from '../check-failed.js'
import { type TokenAlgorithm, tokenAlgorithms } from '../proof/algorithms.js'
import { type VerificationKey, verifyJws } from '../proof/verify-signature.js'
import { findKeys, knownKey } from './issuer-key.js'
import type { IssuerKeys } from './issuer-keys.js'
import { checkRegisteredClaims, type ExpectedClaims } from './registered-claims.js'
import { findOrigin, type JwtIssuers, type Origin, openClaims } from './unverified-token.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

export interface JwtPolicy extends ExpectedClaims {
  readonly issuers: JwtIssuers
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
    const { knownUntil = Number.POSITIVE_INFINITY } = origin.issuer
    const usableUntil = Math.min(expiresAt + policy.clockToleranceSeconds, keys.freshUntil, knownUntil)
    return { claims, expiresAt, usableUntil }
  }

  function start(token: string, now: number): Promise<VerifiedToken> {
    const finding = findOrigin(token, policy.issuers, now)
    return isPending(finding) ? finding.then((origin) => verify(origin, now)) : verify(finding, now)
  }
  return { verify: start, flights: 'shared' }
}

/** Resolves to the issuer's keys, one of which verifies the signature. */
export async function verifySignature(origin: Origin, now: number): Promise<IssuerKeys> {
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

function findSignatureFailure(origin: Origin, keys: IssuerKeys): Promise<CheckFailed | undefined> {
  const known = knownKey(keys, origin.header)
  return known === undefined ? tryKeys(origin, keys) : verifyWith(known, origin)
}

/** A token without a key id may be signed with any of several keys. */
async function tryKeys(origin: Origin, keys: IssuerKeys): Promise<CheckFailed | undefined> {
  let failed: CheckFailed | undefined = unknownKey(origin.header)
  for await (const key of findKeys(keys, origin.header)) {
    failed = await verifyWith(key, origin)
    if (failed === undefined) break
  }
  return failed
}

async function verifyWith(
  key: VerificationKey,
  { algorithm, signingInput, signature }: Origin,
): Promise<CheckFailed | undefined> {
  try {
    await verifyJws(tokenAlgorithms[algorithm], key, signingInput, signature, 'token_signature')
    return undefined
  } catch (error) {
    if (!CheckFailed.is(error)) throw error
    return error
  }
}

function unknownKey({ kid }: Origin['header']): CheckFailed {
  const expected = ["a key of the issuer's key set, for the alg of the token"]
  return new CheckFailed('token_key_unknown', { name: 'kid', expected, received: kid })
}
