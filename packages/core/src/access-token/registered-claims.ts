import { CheckFailed } from '../check-failed.js'
import { typeName } from '../encoding/json.js'
import { badClaim, checkStringOrAbsent, expired, notYetValid } from './claim-checks.js'

/** `rfc9068` also requires the claims that RFC 9068 section 2.2 tells issuers to send. */
export type TokenClaims = 'minimal' | 'rfc9068'

/** What the claims of a JWT access token are compared with. */
export interface ExpectedClaims {
  readonly audience: readonly string[]
  readonly tokenClaims: TokenClaims
  readonly clockToleranceSeconds: number
}

const requiredClaims = {
  minimal: ['exp'],
  rfc9068: ['jti', 'iat', 'client_id', 'sub', 'exp'],
} as const satisfies Record<TokenClaims, readonly string[]>

/**
 * RFC 9068 section 4: checks `aud`, `exp` and `nbf`. The signature was verified before, and `iss` is known. `now` is in
 * whole seconds. Returns `exp`.
 */
export function checkRegisteredClaims(
  claims: Readonly<Record<string, unknown>>,
  { audience, tokenClaims, clockToleranceSeconds }: ExpectedClaims,
  now: number,
): number {
  const { aud, exp, nbf, iat } = claims
  if (aud === undefined) throw badAudience(audience, aud)
  for (const name of requiredClaims[tokenClaims]) {
    if (claims[name] === undefined) throw badClaim(name, 'present', 'missing')
  }
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audience.some((accepted) => audiences.includes(accepted))) throw badAudience(audience, aud)
  checkNumberOrAbsent('iat', iat)
  checkNumberOrAbsent('nbf', nbf)
  if (nbf !== undefined && nbf > now + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)
  checkNumberOrAbsent('exp', exp)
  if (exp === undefined) throw badClaim('exp', 'present', 'missing')
  if (exp <= now - clockToleranceSeconds) throw expired(exp, now - clockToleranceSeconds)
  for (const name of ['sub', 'client_id', 'jti']) checkStringOrAbsent(name, claims[name])
  return exp
}

function badAudience(expected: readonly string[], received: unknown): CheckFailed {
  return new CheckFailed('token_audience', { name: 'aud', expected, received })
}

function checkNumberOrAbsent(name: string, value: unknown): asserts value is number | undefined {
  if (value !== undefined && typeof value !== 'number') throw badClaim(name, 'a number', typeName(value))
}
