import type { JSONWebKeySet } from 'jose'
import { isJsonObject } from '../encoding/json.js'
import {
  conflictingOptions,
  hiddenOption,
  invalidOption,
  missingOption,
  readChoiceOption,
  readFlagOption,
  readObjectOption,
} from '../option-readers.js'
import { defaultTokenAlgorithms, readAlgorithmsOption, type TokenAlgorithm } from '../proof/algorithms.js'
import { isSecureUrl } from '../request/target-uri.js'
import { readCacheOption } from './cache-option.js'
import { type FetchFunction, readFetchOption } from './fetch.js'
import { IssuerDirectory, type KnownSettings } from './issuer-directory.js'
import { inlineKeys, type KeySetTuning, RemoteKeys } from './issuer-keys.js'
import { readJwksCacheOption } from './jwks-cache-option.js'
import { accessTokenAlgorithms } from './jwt.js'
import { describeSkipped, type KeySet, parseKeySet } from './key-set.js'
import { isEndpointOf, isReachableIssuer, type Transport } from './transport.js'
import type { JwtIssuer, TokenTyp } from './unverified-token.js'

/** One authorization server, and how to get its public keys. */
export interface IssuerOptions {
  /**
   * The issuer identifier, exactly as in its metadata and in `iss`: https, or http on a loopback host. With `jwks`, any string,
   * because then nothing is fetched.
   */
  issuer: string
  /** The URL of its JWK Set. Default: the one in its metadata (RFC 8414, or OpenID Connect Discovery). */
  jwksUri?: string | undefined
  /**
   * The JWK Set itself, so that nothing is fetched. You must replace it when the issuer changes its keys. Unusable keys are
   * skipped.
   */
  jwks?: JSONWebKeySet | undefined
  /** Overrides `tokenAlgorithms` for this issuer. */
  algorithms?: readonly string[] | undefined
  /** Overrides `tokenTyp` for this issuer. */
  typ?: TokenTyp | undefined
  /**
   * `true` allows http for this issuer, and for endpoints on its own host. Use it only in a network in which nobody else can
   * answer for the issuer, such as a compose file or a cluster. Anyone who can do so can make tokens that the guard accepts. Not
   * used for introspection, which sends secrets. Default false.
   */
  insecureHttp?: boolean | undefined
}

/**
 * Finds an issuer that is not known at start, such as the issuer of a tenant. Returns its settings, whose `issuer` must be exactly
 * `iss`, or undefined for an issuer that you do not trust. `iss` comes from a token that anyone can have made: compare it with a
 * list of your own. A function that returns `{ issuer: iss }` for any `iss` accepts tokens of every attacker.
 *
 * The guard calls it only with an http(s) URL of at most 512 characters, without query and fragment. It uses settings for 300
 * seconds, and rejects an unknown `iss` for 30 seconds, before it calls the function again. An `iss` for which the function returns
 * the settings of another issuer is unknown too, and the process warns once. The guard keeps `cache.issuers` issuers and 10,000
 * unknown identifiers, and looks up at most 100 new identifiers at a time. If the function throws or rejects, returns anything
 * else, or takes longer than `jwksCache.timeoutSeconds`, the answer is 503.
 */
export type FindIssuer = (iss: string) => IssuerOptions | undefined | Promise<IssuerOptions | undefined>

interface IssuerDefaults {
  readonly fetch: FetchFunction | undefined
  readonly tuning: KeySetTuning
  readonly algorithms: readonly TokenAlgorithm[]
  readonly typ: TokenTyp
}

const issuerMeaning = "the authorization server's URL, as in its metadata"

/** Reads the issuers from the options of a guard. Throws a TypeError for the first invalid option. */
export function readIssuerOptions(options: Record<string, unknown>): ReadonlyMap<string, JwtIssuer> | IssuerDirectory {
  const { issuer } = options
  if (issuer === undefined) throw missingOption('issuer', issuerMeaning)
  const list: readonly unknown[] = Array.isArray(issuer) ? issuer : [issuer]
  if (list.length === 0) throw invalidOption('issuer', issuer, 'a list of one issuer or more')
  const defaults: IssuerDefaults = {
    fetch: readFetchOption(options.fetch),
    tuning: readJwksCacheOption(options.jwksCache),
    algorithms: readAlgorithmsOption(
      'tokenAlgorithms',
      options.tokenAlgorithms,
      defaultTokenAlgorithms,
      accessTokenAlgorithms,
    ),
    typ: readTokenTypOption('tokenTyp', options.tokenTyp, 'at+jwt'),
  }
  if (typeof issuer === 'function') {
    return new IssuerDirectory(issuer as FindIssuer, {
      read: (iss, settings, before) => readFoundIssuer(iss, settings, before, defaults),
      maxIssuers: readCacheOption(options.cache).issuers,
      timeoutSeconds: defaults.tuning.timeoutSeconds,
    })
  }
  const issuers = new Map<string, JwtIssuer>()
  for (const [index, item] of list.entries()) {
    const name = Array.isArray(issuer) ? `issuer[${index}]` : 'issuer'
    const [identifier, read] = readIssuerOption(name, item, defaults)
    if (issuers.has(identifier)) throw invalidOption(name, item, 'listed only once')
    issuers.set(identifier, read)
  }
  return issuers
}

const issuerMembers = [
  'issuer',
  'jwksUri',
  'jwks',
  'algorithms',
  'typ',
  'insecureHttp',
] satisfies (keyof IssuerOptions)[]

/** Settings that a function returned. Undefined if they name another issuer. If they are the same as before, its keys are kept. */
function readFoundIssuer(
  iss: string,
  value: unknown,
  before: KnownSettings | undefined,
  defaults: IssuerDefaults,
): KnownSettings | undefined {
  const name = 'issuer()'
  const options = readObjectOption(name, value, issuerMembers)
  if (typeof options.issuer === 'string' && options.issuer !== iss) return undefined
  if (options.issuer !== iss)
    throw invalidOption(`${name}.issuer`, options.issuer, 'exactly the iss that was asked for')
  const settings = JSON.stringify(options)
  if (settings === before?.settings) return before
  const [, issuer] = readIssuerOption(name, options, defaults)
  return { issuer, settings }
}

function readIssuerOption(
  name: string,
  value: unknown,
  { fetch, tuning, algorithms, typ }: IssuerDefaults,
): [string, JwtIssuer] {
  if (typeof value === 'string' || value === undefined) {
    const issuer = readIssuerIdentifierOption(name, value, 'secure')
    return [issuer, { keys: new RemoteKeys({ issuer, transport: 'secure', fetch }, tuning), algorithms, typ }]
  }
  const options = readObjectOption(name, value, issuerMembers)
  const { jwks, jwksUri } = options
  if (options.issuer === undefined) throw missingOption(`${name}.issuer`, issuerMeaning)
  const transport: Transport = readFlagOption(`${name}.insecureHttp`, options.insecureHttp) ? 'insecure-http' : 'secure'
  if (jwks !== undefined && jwksUri !== undefined) {
    throw conflictingOptions(`${name}.jwks`, `"${name}.jwksUri" to be left out`)
  }
  const issuer =
    jwks === undefined
      ? readIssuerIdentifierOption(`${name}.issuer`, options.issuer, transport)
      : readInlineIssuerOption(`${name}.issuer`, options.issuer)
  const keys =
    jwks === undefined
      ? new RemoteKeys(
          { issuer, jwksUri: readJwksUriOption(`${name}.jwksUri`, jwksUri, issuer, transport), transport, fetch },
          tuning,
        )
      : inlineKeys(readJwksOption(`${name}.jwks`, jwks))
  return [
    issuer,
    {
      keys,
      algorithms: readAlgorithmsOption(`${name}.algorithms`, options.algorithms, algorithms, accessTokenAlgorithms),
      typ: readTokenTypOption(`${name}.typ`, options.typ, typ),
    },
  ]
}

/** RFC 8414 section 2: a URL without query and fragment. Kept as it is written, because `iss` is compared exactly. */
function readIssuerIdentifierOption(name: string, value: unknown, transport: Transport): string {
  if (isReachableIssuer(value, transport)) return value
  const ways = isReachableIssuer(value, 'insecure-http')
    ? 'http only on a loopback host; elsewhere use { issuer, jwks } with its keys, or { issuer, insecureHttp: true } in a network in which nobody else can answer'
    : 'http only on a loopback host'
  throw invalidOption(name, value, `an https URL without query and fragment (${ways})`)
}

function readJwksUriOption(name: string, value: unknown, issuer: string, transport: Transport): URL | undefined {
  if (value === undefined) return undefined
  // A loopback host is allowed for any issuer, because you chose it: it does not come from a document.
  if (isSecureUrl(value) || isEndpointOf(issuer, value, transport)) return new URL(value)
  const ways =
    transport === 'secure' ? 'http only on a loopback host' : "http only on a loopback host or the issuer's own host"
  throw invalidOption(name, value, `an https URL (${ways})`)
}

function readJwksOption(name: string, value: unknown): KeySet {
  const keySet = parseJwks(value)
  const { usableKeys = 0, skipped = [] } = keySet ?? {}
  // Not shown: it may hold private keys.
  const expected = 'a JWK Set with at least one key, all public'
  const shown = `a set in which ${describeSkipped(skipped)}`
  if (skipped.some(({ why }) => why === 'not public')) throw hiddenOption(name, expected, shown)
  if (keySet === undefined || skipped.length + usableKeys === 0) throw hiddenOption(name, expected)
  if (usableKeys === 0) throw hiddenOption(name, `${expected}, and one that can verify`, shown)
  return keySet
}

/** Also undefined if the value's own code throws. */
function parseJwks(value: unknown): KeySet | undefined {
  try {
    return parseKeySet(isJsonObject(value) ? value.keys : undefined)
  } catch {
    return undefined
  }
}

function readInlineIssuerOption(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalidOption(name, value, "a string, as in the tokens' iss")
  return value
}

function readTokenTypOption(name: string, value: unknown, fallback: TokenTyp): TokenTyp {
  return readChoiceOption(name, value, fallback, ['at+jwt', 'any'])
}
