import { CheckFailed } from '../check-failed.js'
import { typeName } from '../encoding/json.js'

/** RFC 7519 section 4.1.4. */
export function expired(exp: number, now: number): CheckFailed {
  return new CheckFailed('token_expired', { name: 'exp', expected: [`later than ${now}`], received: String(exp) })
}

/** RFC 7519 section 4.1.5. */
export function notYetValid(nbf: number, now: number): CheckFailed {
  return new CheckFailed('token_not_yet_valid', { name: 'nbf', expected: [`${now} or earlier`], received: String(nbf) })
}

export function checkStringOrAbsent(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw badClaim(name, 'a string', typeName(value))
}

/** A claim that is missing or of the wrong type. */
export function badClaim(name: string, expected: string, received: string): CheckFailed {
  return new CheckFailed('token_claims', { name, expected: [expected], received })
}
