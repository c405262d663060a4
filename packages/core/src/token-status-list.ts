// Revocation by Token Status Lists (draft-ietf-oauth-status-list). A separate entry point, because few issuers have such lists.
import { badClaim } from './access-token/claim-checks.js'
import { type FetchFunction, globalFetch, readFetchOption } from './access-token/fetch.js'
import { IssuerDirectory } from './access-token/issuer-directory.js'
import { type IssuerOptions, readIssuerOptions } from './access-token/issuer-options.js'
import type { JwksCacheOptions } from './access-token/jwks-cache-option.js'
import type { RevocationCheck } from './access-token/revocation.js'
import { StatusLists } from './access-token/status-lists.js'
import { isJsonObject, typeName } from './encoding/json.js'
import { loggable } from './loggable-error.js'
import {
  invalidOption,
  missingOption,
  readChoiceOption,
  readObjectOption,
  readSecondsOption,
  readStringsOption,
} from './option-readers.js'
import { isIssuerIdentifier } from './request/target-uri.js'

/** Which status lists are believed. */
export interface TokenStatusListOptions {
  /** The issuer that signs the lists: its identifier, or its settings, as in the option `issuer` of a guard. */
  issuer: string | IssuerOptions
  /**
   * Where the lists are: https URLs, or http on a loopback host. A URL that ends in a slash stands for every list below it. The
   * guard fetches no other URL, even if a token names one.
   */
  uris: string | readonly string[]
  /**
   * For how long a list is used, unless its own `ttl` or `exp` is shorter. A revoked token is accepted for this time. Seconds, 1
   * to 86400, default 300.
   */
  cacheSeconds?: number | undefined
  /** A fetch of a list that takes longer fails: 503. Seconds, 0.1 to 60, default 5. */
  timeoutSeconds?: number | undefined
  /** What to do with a token that has no status list in its claims. `reject` (default), or `accept`. */
  missingStatus?: 'reject' | 'accept' | undefined
  /** How the issuer's keys are fetched and cached. */
  jwksCache?: JwksCacheOptions | undefined
  /** Fetches the lists, and the issuer's keys. Default: the option `fetch` of the guard, or else the global `fetch`. */
  fetch?: FetchFunction | undefined
}

/**
 * For the option `isRevoked`. Looks up each valid token in the Token Status List that its claim `status` names. A token is rejected
 * unless its status is 0 (valid): invalid, suspended and unknown statuses count as revoked. Lists are cached. If a list cannot be
 * fetched or verified, or has no such index, the answer is 503. Throws a TypeError for invalid options.
 *
 * Does NOT follow redirects, and does NOT read lists in CWT format.
 *
 * @example
 * isRevoked: tokenStatusList({ issuer, uris: 'https://as.example.com/statuslists/' })
 */
export function tokenStatusList(options: TokenStatusListOptions): RevocationCheck {
  const { uris, missingStatus, ownFetch, ...policy } = readTokenStatusListOptions(options, (...call) =>
    fetchKeys(...call),
  )
  const lists = new StatusLists(policy)
  let fetchKeys = ownFetch ?? globalFetch

  return async ({ claims }, context) => {
    const reference = readReference(claims.status)
    if (reference === undefined) {
      if (missingStatus === 'accept') return false
      throw badClaim('status', 'a status_list', 'missing')
    }
    const { uri, index } = reference
    if (!isBelow(uri, uris)) throw loggable(new Error('the token names a Status List that is not in the option "uris"'))
    const fetch = ownFetch ?? context.fetch ?? globalFetch
    fetchKeys = fetch
    return (await lists.status(uri, index, context.now, fetch)) !== 0
  }
}

/** The claim `status` of a token (section 6.2 of the draft). Undefined if it names no list. Throws CheckFailed if it is malformed. */
function readReference(status: unknown): { uri: string; index: number } | undefined {
  if (status === undefined) return undefined
  if (!isJsonObject(status)) throw badClaim('status', 'an object', typeName(status))
  const { status_list: reference } = status
  if (reference === undefined) return undefined
  const { uri, idx: index } = isJsonObject(reference) ? reference : {}
  if (typeof uri !== 'string' || !Number.isSafeInteger(index) || Number(index) < 0) {
    throw badClaim('status', 'a status_list with uri and idx', 'another value')
  }
  return { uri, index: Number(index) }
}

/** A URL in another spelling could lead out of the path that it begins with. */
function isBelow(uri: string, uris: readonly string[]): boolean {
  if (!isIssuerIdentifier(uri) || new URL(uri).href !== uri) return false
  return uris.some((allowed) => uri === allowed || (allowed.endsWith('/') && uri.startsWith(allowed)))
}

function readTokenStatusListOptions(given: TokenStatusListOptions, fetchKeys: FetchFunction) {
  const options = readObjectOption('', given, [
    'issuer',
    'uris',
    'cacheSeconds',
    'timeoutSeconds',
    'missingStatus',
    'jwksCache',
    'fetch',
  ] satisfies (keyof TokenStatusListOptions)[])
  const { issuer, uris, jwksCache } = options
  if (Array.isArray(issuer)) throw invalidOption('issuer', issuer, 'one issuer')
  const ownFetch = readFetchOption(options.fetch)
  const issuers = readIssuerOptions({ issuer, jwksCache, fetch: fetchKeys })
  const [read] = issuers instanceof IssuerDirectory ? [] : issuers.values()
  if (read === undefined) throw invalidOption('issuer', issuer, 'one issuer')
  if (uris === undefined)
    throw missingOption('uris', "the URLs of the issuer's status lists, or of the folder they are in")
  const expected = 'a URL, or a list of URLs: https (http only on a loopback host), as a URL parser writes it'
  return {
    issuer: read,
    uris: readStringsOption('uris', uris, expected, (uri) => isIssuerIdentifier(uri) && new URL(uri).href === uri),
    cacheSeconds: readSecondsOption('cacheSeconds', options.cacheSeconds, 300, { min: 1, max: 86_400 }),
    timeoutSeconds: readSecondsOption('timeoutSeconds', options.timeoutSeconds, 5, { min: 0.1, max: 60 }),
    missingStatus: readChoiceOption('missingStatus', options.missingStatus, 'reject', ['reject', 'accept']),
    ownFetch,
  }
}
