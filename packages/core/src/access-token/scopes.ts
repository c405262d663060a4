import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import { invalidOption, listOf, missingOption } from '../option-readers.js'
import type { Claims } from './claims.js'

/**
 * Returns the scopes of a valid access token, for issuers that state permissions or roles elsewhere. Each must be a scope-token of
 * RFC 6749 section 3.3, so it has no spaces. The guard calls it once for each token that it verifies, and keeps the answer with the
 * token: it must depend on the claims alone. If it throws, or returns anything else, the answer is 503.
 */
export type ScopesOf = (claims: Claims) => readonly string[]

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether this is a scope-token of RFC 6749 section 3.3. */
export function isScopeToken(value: unknown): value is string {
  return typeof value === 'string' && scopeToken.test(value)
}

/** The lists that `readScopesOption` returned. They are frozen, so they stay valid. */
const validLists = new WeakSet<readonly string[]>()

/** A list of scopes, each once. Returns its own lists as they are, so that a route's scopes are validated once. */
export function readScopesOption(name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  if (isValidList(value)) return value
  const list = listOf(value)
  if (list === undefined || !list.every(isScopeToken)) {
    throw invalidOption(name, value, 'a list of scope tokens (RFC 6749 section 3.3)')
  }
  const scopes = Object.freeze([...new Set(list)])
  validLists.add(scopes)
  return scopes
}

function isValidList(value: unknown): value is readonly string[] {
  return validLists.has(value as readonly string[])
}

/** A list of one scope or more, each once. */
export function readSomeScopesOption(name: string, value: unknown): readonly string[] {
  const scopes = readScopesOption(name, value)
  if (scopes.length === 0) throw missingOption(name, 'one scope or more')
  return scopes
}

/**
 * The scopes of an access token: `scope` is a string of scopes with spaces between them (RFC 9068 section 2.2.3), or a list. Some
 * issuers use the name `scp` instead. A malformed scope is ignored.
 */
export function scopesOfClaims(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const value = claims.scope ?? claims.scp
  const scopes: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []
  return scopes.filter(isScopeToken)
}

/** The scopes that your function finds, each once. */
export function callScopesOf(find: ScopesOf, claims: Claims): readonly string[] {
  let scopes: unknown
  try {
    scopes = find(claims)
  } catch (error) {
    throw new CheckUnavailable('scopes_unavailable', error)
  }
  const list = listOf(scopes)
  if (list?.every(isScopeToken)) return [...new Set(list)]
  // An async function may reject, and nothing else waits for it.
  new Promise((resolve) => resolve(scopes)).catch(() => {})
  const expected = 'scopesOf() must return a list of scope tokens (RFC 6749 section 3.3)'
  throw new CheckUnavailable('scopes_unavailable', loggable(new TypeError(expected)))
}

/** All of the `required` scopes must be among the `granted` ones. */
export function findScopeFailure(granted: readonly string[], required: readonly string[]): CheckFailed | undefined {
  return required.length === 0 || required.every((scope) => granted.includes(scope))
    ? undefined
    : lackedScope(granted, required)
}

/** One of the `accepted` scopes must be among the `granted` ones. */
export function findAnyScopeFailure(granted: readonly string[], accepted: readonly string[]): CheckFailed | undefined {
  return accepted.some((scope) => granted.includes(scope)) ? undefined : lackedScope(granted, accepted)
}

function lackedScope(granted: readonly string[], expected: readonly string[]): CheckFailed {
  return new CheckFailed('scope_insufficient', { name: 'scope', expected, received: granted })
}
