import type { ErrorCode, Scheme } from '../failures.js'
import { invalidOption, isPrintableAscii } from '../option-readers.js'

/**
 * The parameters of a challenge, except the error. Only the requirements of an operation differ between responses of one guard.
 */
export interface ChallengeParameters {
  /** The challenge of Bearer always has this realm, because it needs a parameter (RFC 6750 section 3). */
  readonly bearerRealm: string
  readonly realm: string | undefined
  /** Separated by spaces. Only in the challenge of DPoP (RFC 9449 section 7.1). */
  readonly algs: string
  readonly scope: string | undefined
  /** RFC 9470 section 3. */
  readonly acrValues?: string | undefined
  readonly maxAge?: string | undefined
  /** RFC 9728 section 5.1. */
  readonly resourceMetadata?: string | undefined
}

export interface ChallengeError {
  readonly error: ErrorCode
  readonly description: string
}

/**
 * Writes one `WWW-Authenticate` field value (RFC 9110 section 11.6.1). No other function does. `error` comes first, because some
 * client libraries find it only there.
 */
export function writeChallenge(scheme: Scheme, parameters: ChallengeParameters, failure?: ChallengeError): string {
  const { realm, bearerRealm, algs, scope, acrValues, maxAge, resourceMetadata } = parameters
  const written = [
    parameter('error', failure?.error),
    parameter('error_description', failure?.description),
    parameter('scope', scope),
    parameter('acr_values', acrValues),
    parameter('max_age', maxAge),
    parameter('realm', scheme === 'Bearer' ? bearerRealm : realm),
    parameter('resource_metadata', resourceMetadata),
    parameter('algs', scheme === 'DPoP' ? algs : undefined),
  ]
  return `${scheme} ${written.filter((text) => text !== undefined).join(', ')}`
}

/** RFC 9110 section 5.6.4: in a quoted-string, a quote and a backslash are escaped. */
function parameter(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}="${value.replace(/["\\]/g, '\\$&')}"`
}

export function readRealmOption(value: unknown): string | undefined {
  if (value !== undefined && !isPrintableAscii(value))
    throw invalidOption('realm', value, 'a string of printable ASCII')
  return value
}
