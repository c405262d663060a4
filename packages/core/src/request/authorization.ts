import { CheckFailed } from '../check-failed.js'
import { isJsonObject } from '../encoding/json.js'
import type { Reason, Scheme } from '../failures.js'
import { type AcceptedSchemes, knownSchemes, outsideOfToken } from './accepted-schemes.js'
import type { ReceivedRequest, RequestFields } from './fields.js'

/** An access token as it was received, not yet checked. */
export interface Credentials {
  readonly scheme: Scheme
  readonly token: string
}

/** Names that may be shown (IANA's HTTP Authentication Schemes). Any other first word may be a token without a scheme. */
const registeredSchemes =
  /^(?:basic|concealed|digest|gnap|hoba|mutual|negotiate|oauth|privatetoken|scram-sha-1|scram-sha-256|vapid)(?: |$)/i

function registeredScheme(value: string): string {
  return registeredSchemes.exec(value)?.[0].trim() ?? 'an unknown scheme, or a token without one'
}

const outsideOfJws = /[^\w.-]/
const outsideOfToken68 = /[^\w.~+/-]/
const otherThanPadding = /[^=]/

/** Finds the other scheme after a comma, because a proxy may have joined two fields (RFC 9110 section 5.3). */
const otherScheme: Readonly<Record<Scheme, RegExp>> = {
  DPoP: /,[ \t]*bearer(?:[ \t,]|$)/i,
  Bearer: /,[ \t]*dpop(?:[ \t,]|$)/i,
}

/**
 * The part after the scheme in RFC 9110 section 11.4: `1*SP ( token68 / #auth-param )`. In the form that senders must use: one
 * element or more, no empty element, no space around `=`. Each character can match in one way only, so this takes one pass.
 */
const spacesAndCredentials = (() => {
  const token = "[\\w!#$%&'*+.^`|~-]+"
  const quotedString = '"(?:[^\\x00-\\x08\\x0a-\\x1f\\x7f"\\\\]|\\\\[^\\x00-\\x08\\x0a-\\x1f\\x7f])*"'
  const parameter = `${token}=(?:${token}|${quotedString})`
  return new RegExp(`^ +(?:[\\w.~+/-]+=*|${parameter}(?:[ \\t]*,[ \\t]*${parameter})*)$`)
})()

/** Finds DPoP or Bearer after the scheme or a comma, in quotes or not, because a proxy may have joined two fields. */
const ownSchemeWithin = /(?:^ +|,[ \t]*)(?:dpop|bearer)(?![\w!#$%&'*+.^`|~-])/i

/**
 * Finds a query parameter with the name `access_token`, in which each character is plain or percent-encoded. Each character can
 * match in one way only, so this takes one pass. Decoding untrusted names costs far more, above all if they cannot be decoded.
 * The plain character is the last alternative, so that a name with another end is not tried again from each of its characters.
 */
const accessTokenParameter =
  /(?:^|&)(?:%61|a)(?:%63|c)(?:%63|c)(?:%65|e)(?:%73|s)(?:%73|s)(?:%5[fF]|_)(?:%74|t)(?:%6[fF]|o)(?:%6[bB]|k)(?:%65|e)(?:%6[eE]|n)(?=[=&]|$)/

/**
 * RFC 9449 section 7.1 and RFC 6750 section 2.1: `scheme 1*SP token68`. Undefined if the request has no credentials, or only
 * well-formed credentials of one of the `others`. Throws a {@link CheckFailed} for any other value. Also throws it for a token
 * in the query or in a parsed form, which is never accepted.
 */
export function checkAuthorization(
  request: ReceivedRequest,
  fields: RequestFields,
  { offered, others }: AcceptedSchemes,
): Credentials | undefined {
  const { authorization, dpop } = fields
  const [value] = authorization
  if (authorization.length > 1) throw repeated(authorization)
  const elsewhere = tokenElsewhere(request, fields)
  if (value === undefined) {
    if (elsewhere !== undefined) throw new CheckFailed(elsewhere)
    if (dpop.length > 0) throw new CheckFailed('proof_without_token')
    return undefined
  }
  if (dpop.length === 0 && elsewhere === undefined && isOfOther(value, others)) return undefined
  const scheme = schemeOf(value)
  if (scheme !== undefined && value.includes(',') && otherScheme[scheme].test(value))
    throw new CheckFailed('authorization_ambiguous', undefined, ['DPoP', 'Bearer'])
  if (scheme === undefined || !offered.includes(scheme)) {
    const received = scheme ?? registeredScheme(value)
    throw new CheckFailed('scheme_unsupported', { name: 'Authorization', expected: offered, received })
  }
  const token = parseToken68(value, scheme.length)
  if (token === undefined) throw new CheckFailed('authorization_malformed', undefined, [scheme])
  if (elsewhere !== undefined) throw new CheckFailed('token_repeated', undefined, [scheme])
  return { scheme, token }
}

function repeated(authorization: readonly string[]): CheckFailed {
  const used = [...new Set(authorization.flatMap((value) => schemeOf(value) ?? []))]
  return new CheckFailed(used.length > 1 ? 'authorization_ambiguous' : 'authorization_repeated', undefined, used)
}

function schemeOf(value: string): Scheme | undefined {
  return knownSchemes.get(schemeName(value))
}

/** In lower case, because schemes are case-insensitive (RFC 9110 section 11.1). */
function schemeName(value: string): string {
  const end = value.search(outsideOfToken)
  return (end === -1 ? value : value.slice(0, end)).toLowerCase()
}

/** Whether these are well-formed credentials of one of the `others`, and cannot hold a token for this guard. */
function isOfOther(value: string, others: ReadonlySet<string>): boolean {
  if (others.size === 0) return false
  const name = schemeName(value)
  if (!others.has(name)) return false
  const rest = value.slice(name.length)
  return spacesAndCredentials.test(rest) && !ownSchemeWithin.test(rest)
}

/**
 * `1*SP token68` (RFC 9110 section 11.2), from this place on. A single pattern would backtrack over a long token with a bad end.
 * The first pattern takes half the time, and almost every token matches it.
 */
function parseToken68(value: string, from: number): string | undefined {
  let start = from
  while (value.charCodeAt(start) === 0x20) start++
  if (start === from || start === value.length) return undefined
  const token = value.slice(start)
  if (!outsideOfJws.test(token)) return token
  const end = token.search(outsideOfToken68)
  if (end === -1) return token
  return end > 0 && !otherThanPadding.test(token.slice(end)) ? token : undefined
}

/** RFC 6750 sections 2.2 and 2.3: the ways to send a token that the guard does not accept, but must notice. */
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
