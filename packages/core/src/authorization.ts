import type { Reason } from './failures.js'
import { isJsonObject } from './json.js'
import { Refusal } from './refusal.js'
import type { ReceivedRequest, RequestFields } from './request.js'

/** An authentication scheme that carries an access token. */
export type Scheme = 'DPoP' | 'Bearer'

/** An access token as it was presented, not yet looked at. */
export interface Credentials {
  readonly scheme: Scheme
  readonly token: string
}

const knownSchemes = new Map<string, Scheme>([
  ['dpop', 'DPoP'],
  ['bearer', 'Bearer'],
])

const outsideOfToken = /[^\w!#$%&'*+.^`|~-]/
const spacesAndToken68 = /^ +[\w.~+/-]+=*$/

/** The other scheme behind a comma: a proxy may have joined two fields (RFC 9110 section 5.3). */
const otherScheme: Readonly<Record<Scheme, RegExp>> = {
  DPoP: /,[ \t]*bearer(?:[ \t,]|$)/i,
  Bearer: /,[ \t]*dpop(?:[ \t,]|$)/i,
}

/**
 * The whole name of a query parameter is `access_token`, each character as it is or percent-encoded. No character can be read in
 * two ways, so one pass decides: to decode a stranger's names costs far more, most of all where they cannot be decoded.
 */
const accessTokenParameter =
  /(?:^|&)(?:a|%61)(?:c|%63)(?:c|%63)(?:e|%65)(?:s|%73)(?:s|%73)(?:_|%5[fF])(?:t|%74)(?:o|%6[fF])(?:k|%6[bB])(?:e|%65)(?:n|%6[eE])(?=[=&]|$)/

/**
 * RFC 9449 section 7.1 and RFC 6750 section 2.1: `scheme 1*SP token68`. Undefined when the request has no credentials of any
 * kind. Throws a {@link Refusal} for every other shape, and for tokens in the query or in a parsed form, which are noticed
 * but never accepted.
 */
export function readCredentials(
  request: ReceivedRequest,
  fields: RequestFields,
  offered: readonly Scheme[],
): Credentials | undefined {
  const { authorization, dpop } = fields
  const [value] = authorization
  if (authorization.length > 1) throw repeated(authorization)
  const elsewhere = tokenElsewhere(request, fields)
  if (value === undefined) {
    if (elsewhere !== undefined) throw new Refusal(elsewhere)
    if (dpop.length > 0) throw new Refusal('proof_without_token')
    return undefined
  }
  const scheme = schemeOf(value)
  if (scheme !== undefined && otherScheme[scheme].test(value)) throw new Refusal('authorization_ambiguous')
  if (scheme === undefined || !offered.includes(scheme)) throw new Refusal('scheme_unsupported')
  const rest = value.slice(scheme.length)
  if (!spacesAndToken68.test(rest)) throw new Refusal('authorization_malformed', undefined, [scheme])
  if (elsewhere !== undefined) throw new Refusal('token_repeated', undefined, [scheme])
  return { scheme, token: rest.trimStart() }
}

function repeated(authorization: readonly string[]): Refusal {
  const used = [...new Set(authorization.flatMap((value) => schemeOf(value) ?? []))]
  return new Refusal(used.length > 1 ? 'authorization_ambiguous' : 'authorization_repeated', undefined, used)
}

/** Schemes are case-insensitive (RFC 9110 section 11.1). */
function schemeOf(value: string): Scheme | undefined {
  const end = value.search(outsideOfToken)
  return knownSchemes.get((end === -1 ? value : value.slice(0, end)).toLowerCase())
}

/** RFC 6750 sections 2.2 and 2.3: the ways to send a token that this server does not read, but must notice. */
function tokenElsewhere(request: ReceivedRequest, fields: RequestFields): Reason | undefined {
  if (hasTokenInQuery(request.target)) return 'token_in_query'
  const form = fields.contentType.some((type) => /^application\/x-www-form-urlencoded(?:[ \t]*;|$)/i.test(type))
  if (form && isJsonObject(request.body) && Object.hasOwn(request.body, 'access_token')) return 'token_in_form'
  return undefined
}

function hasTokenInQuery(target: string): boolean {
  const start = target.indexOf('?')
  if (start === -1) return false
  const fragment = target.indexOf('#', start)
  return accessTokenParameter.test(target.slice(start + 1, fragment === -1 ? undefined : fragment))
}
