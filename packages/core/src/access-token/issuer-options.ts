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
  readSecondsOption,
  readSubsetOption,
} from '../option-readers.js'
import type { TokenAlgorithm } from '../proof/algorithms.js'
import { isSecureUrl } from '../request/target-uri.js'
import { type FetchFunction, readFetchOption } from './fetch.js'
import { inlineKeys, type KeySetTuning, RemoteKeys } from './issuer-keys.js'
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

/** How an issuer's keys are fetched and kept. */
export interface JwksCacheOptions {
  /** For how long a fetched key set is used before it is fetched again. Seconds, 1 to 86400, default 600. */
  cacheSeconds?: number | undefined
  /** For tokens with an unknown key id, the guard fetches the keys at most once in this time. Seconds, 1 to 3600, default 30. */
  cooldownSeconds?: number | undefined
  /** A fetch that takes longer fails. Seconds, 0.1 to 60, default 5. */
  timeoutSeconds?: number | undefined
  /**
   * For how long after `cacheSeconds` a key set is still used while the issuer cannot be reached. Seconds, 0 to 86400, default
   * 3600.
   */
  maxStaleSeconds?: number | undefined
}

interface IssuerDefaults {
  readonly fetch: FetchFunction | undefined
  readonly tuning: KeySetTuning
  readonly algorithms: readonly TokenAlgorithm[]
  readonly typ: TokenTyp
}

const issuerMeaning = "the authorization server's URL, as in its metadata"

/** Reads the issuers from the options of a guard. Throws a TypeError for the first invalid option. */
export function readIssuerOptions(options: Record<string, unknown>): ReadonlyMap<string, JwtIssuer> {
  const { issuer } = options
  if (issuer === undefined) throw missingOption('issuer', issuerMeaning)
  const list: readonly unknown[] = Array.isArray(issuer) ? issuer : [issuer]
  if (list.length === 0) throw invalidOption('issuer', issuer, 'a list of one issuer or more')
  const defaults: IssuerDefaults = {
    fetch: readFetchOption(options.fetch),
    tuning: readJwksCacheOption(options.jwksCache),
    algorithms: readAlgorithmsOption('tokenAlgorithms', options.tokenAlgorithms, accessTokenAlgorithms),
    typ: readTokenTypOption('tokenTyp', options.tokenTyp, 'at+jwt'),
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

function readIssuerOption(
  name: string,
  value: unknown,
  { fetch, tuning, algorithms, typ }: IssuerDefaults,
): [string, JwtIssuer] {
  if (typeof value === 'string' || value === undefined) {
    const issuer = readIssuerIdentifierOption(name, value, 'secure')
    return [issuer, { keys: new RemoteKeys({ issuer, transport: 'secure', fetch }, tuning), algorithms, typ }]
  }
  const options = readObjectOption(name, value, [
    'issuer',
    'jwksUri',
    'jwks',
    'algorithms',
    'typ',
    'insecureHttp',
  ] satisfies (keyof IssuerOptions)[])
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
      algorithms: readAlgorithmsOption(`${name}.algorithms`, options.algorithms, algorithms),
      typ: readTokenTypOption(`${name}.typ`, options.typ, typ),
    },
  ]
}

function readAlgorithmsOption(
  name: string,
  value: unknown,
  fallback: readonly TokenAlgorithm[],
): readonly TokenAlgorithm[] {
  return readSubsetOption(name, value, fallback, accessTokenAlgorithms)
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

function readJwksCacheOption(value: unknown): KeySetTuning {
  // Not shown: it may hold keys.
  if (typeof value === 'string') throw hiddenOption('jwksCache', 'an object of settings')
  const options =
    value === undefined
      ? {}
      : readObjectOption('jwksCache', value, [
          'cacheSeconds',
          'cooldownSeconds',
          'timeoutSeconds',
          'maxStaleSeconds',
        ] satisfies (keyof JwksCacheOptions)[])
  return {
    cacheSeconds: readSecondsOption('jwksCache.cacheSeconds', options.cacheSeconds, 600, { min: 1, max: 86_400 }),
    cooldownSeconds: readSecondsOption('jwksCache.cooldownSeconds', options.cooldownSeconds, 30, { min: 1, max: 3600 }),
    timeoutSeconds: readSecondsOption('jwksCache.timeoutSeconds', options.timeoutSeconds, 5, { min: 0.1, max: 60 }),
    maxStaleSeconds: readSecondsOption('jwksCache.maxStaleSeconds', options.maxStaleSeconds, 3600, {
      min: 0,
      max: 86_400,
    }),
  }
}
