import { isJsonObject } from '../encoding/json.js'

/**
 * The claims of a valid access token. The registered claims have the type that their RFC says: a claim with another type is
 * undefined. All others are unknown. Deeply frozen: one object serves many requests.
 */
export interface Claims {
  /** The issuer's identifier (RFC 7519 section 4.1.1). */
  readonly iss?: string
  /** The user, or the client if there is no user (RFC 9068 section 2.2). */
  readonly sub?: string
  /** The resource servers that the token is for (RFC 7519 section 4.1.3). */
  readonly aud?: string | readonly string[]
  /** Seconds since the epoch. */
  readonly exp?: number
  /** Seconds since the epoch. */
  readonly nbf?: number
  /** Seconds since the epoch. */
  readonly iat?: number
  readonly jti?: string
  /** RFC 8693 section 4.3. */
  readonly client_id?: string
  /** OpenID Connect Core section 2; some issuers send it in place of `client_id`. */
  readonly azp?: string
  /** Delimited by spaces (RFC 8693 section 4.2); some issuers send a list. `Auth.scopes` has both as a list. */
  readonly scope?: string | readonly string[]
  /** How the user authenticated (RFC 9470 section 6.2). */
  readonly acr?: string
  /** RFC 8176. */
  readonly amr?: readonly string[]
  /** When the user authenticated: seconds since the epoch. */
  readonly auth_time?: number
  /** Who acts for the subject (RFC 8693 section 4.1). */
  readonly act?: Readonly<Record<string, unknown>>
  /** RFC 9396. */
  readonly authorization_details?: readonly Readonly<Record<string, unknown>>[]
  /** What the token is bound to (RFC 7800): a key (RFC 9449 section 6), a certificate (RFC 8705). */
  readonly cnf?: Readonly<Record<string, unknown>>
  readonly [claim: string]: unknown
}

type KnownKeys<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] }

const isString = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number'
const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)

const registered = {
  iss: isString,
  sub: isString,
  aud: (value) => isString(value) || isStrings(value),
  exp: isNumber,
  nbf: isNumber,
  iat: isNumber,
  jti: isString,
  client_id: isString,
  azp: isString,
  scope: (value) => isString(value) || isStrings(value),
  acr: isString,
  amr: isStrings,
  auth_time: isNumber,
  act: isJsonObject,
  authorization_details: (value) => Array.isArray(value) && value.every(isJsonObject),
  cnf: isJsonObject,
} satisfies Record<KnownKeys<Claims>, (value: unknown) => boolean>

/** Leaves out registered claims of another type. A check that needs one of them has to read the original. */
export function typedClaims(claims: Readonly<Record<string, unknown>>): Claims {
  const isTyped = ([name, value]: readonly [string, unknown]) =>
    !Object.hasOwn(registered, name) || registered[name as keyof typeof registered](value)
  const entries = Object.entries(claims)
  return entries.every(isTyped) ? claims : Object.fromEntries(entries.filter(isTyped))
}
