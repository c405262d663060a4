import { isJsonObject } from '../encoding/json.js'

/**
 * The claims of a valid access token. A registered claim has the type that its RFC says. It is undefined if the token has another
 * type there. All other claims are `unknown`. The object is deeply frozen, because many requests share it.
 */
export interface Claims {
  /** The issuer's identifier (RFC 7519 section 4.1.1). */
  readonly iss?: string
  /** The user, or the client if there is no user (RFC 9068 section 2.2). */
  readonly sub?: string
  /** The resource servers that the token is for (RFC 7519 section 4.1.3). */
  readonly aud?: string | readonly string[]
  /** When the token expires: seconds since the epoch. */
  readonly exp?: number
  /** When the token becomes valid: seconds since the epoch. */
  readonly nbf?: number
  /** When the token was issued: seconds since the epoch. */
  readonly iat?: number
  /** The identifier of the token (RFC 7519 section 4.1.7). */
  readonly jti?: string
  /** The client that the token was issued to (RFC 8693 section 4.3). */
  readonly client_id?: string
  /** The client (OpenID Connect Core section 2). Some issuers send it in place of `client_id`. */
  readonly azp?: string
  /** Separated by spaces (RFC 8693 section 4.2). Some issuers send a list instead. `Auth.scopes` is a list in both cases. */
  readonly scope?: string | readonly string[]
  /** The authentication level of the user (RFC 9470 section 6.2). */
  readonly acr?: string
  /** The methods by which the user authenticated (RFC 8176). */
  readonly amr?: readonly string[]
  /** When the user authenticated: seconds since the epoch. */
  readonly auth_time?: number
  /** The party that acts for the subject (RFC 8693 section 4.1). */
  readonly act?: Readonly<Record<string, unknown>>
  /** What the client may do, in detail (RFC 9396). */
  readonly authorization_details?: readonly Readonly<Record<string, unknown>>[]
  /** What the token is bound to (RFC 7800): a key (RFC 9449 section 6), a certificate (RFC 8705) or both. */
  readonly cnf?: Readonly<Record<string, unknown>>
  readonly [claim: string]: unknown
}

type RegisteredNames<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] }

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
} satisfies Record<RegisteredNames<Claims>, (value: unknown) => boolean>

/** Leaves out registered claims of a wrong type. A check that needs such a claim must read the original. */
export function typedClaims(claims: Readonly<Record<string, unknown>>): Claims {
  if (Object.keys(claims).every((name) => isTyped(name, claims[name]))) return claims
  return Object.fromEntries(Object.entries(claims).filter(([name, value]) => isTyped(name, value)))
}

function isTyped(name: string, value: unknown): boolean {
  return !Object.hasOwn(registered, name) || registered[name as keyof typeof registered](value)
}
