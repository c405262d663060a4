import type { JSONWebKeySet, JWK } from 'jose'
import { show } from './check.js'
import { isObject } from './decoded-jwt.js'
import { fetchJson, parseJson } from './fetch-json.js'
import { isLoopback, parseHttpUrl } from './http-url.js'
import { readOptionFile } from './option-file.js'
import { readUrl } from './url-option.js'

/** Where the keys are that an access token is verified with. */
export interface TokenKeys {
  /** A file or a URL. */
  readonly jwks?: string | undefined
  /** Whose metadata names the key set (RFC 8414), and the expected `iss`. */
  readonly issuer?: string | undefined
}

/** Reads a JWK Set. Only what the user typed may be a file. Undefined where neither place is given. */
export async function readKeySet({ jwks, issuer }: TokenKeys): Promise<JSONWebKeySet | undefined> {
  if (jwks !== undefined) {
    const isUrl = parseHttpUrl(jwks) !== undefined
    return asKeySet(
      jwks,
      isUrl ? await fetchJson(jwks) : parseJson(jwks, (await readOptionFile('--jwks', jwks)).toString()),
    )
  }
  if (issuer === undefined) return undefined
  const uri = await discoverKeySet(issuer)
  return asKeySet(uri, await fetchJson(uri))
}

function asKeySet(source: string, value: unknown): JSONWebKeySet {
  if (!isObject(value) || !Array.isArray(value.keys)) throw new Error(`${source} is no JWK Set`)
  return { keys: value.keys.filter(isObject).map(forVerifying) as JWK[] }
}

/** WebCrypto rejects to verify with a key that may do more than that. */
function forVerifying(key: Record<string, unknown>): Record<string, unknown> {
  const { key_ops: operations } = key
  return Array.isArray(operations) && operations.includes('verify') ? { ...key, key_ops: ['verify'] } : key
}

/** The `jwks_uri` of an issuer, as a guard finds it: whatever is wrong with RFC 8414's document, OpenID Connect's is asked for. */
async function discoverKeySet(issuer: string): Promise<string> {
  const url = readUrl('--issuer', issuer)
  const path = url.pathname.replace(/\/$/, '')
  const first = `${url.origin}/.well-known/oauth-authorization-server${path}`
  const second = `${url.origin}${path}/.well-known/openid-configuration`
  return readKeySetUri(first, issuer, url).catch((error: Error) =>
    readKeySetUri(second, issuer, url).catch((other: Error) => {
      throw new Error(`${error.message}; ${other.message}`)
    }),
  )
}

/** The metadata has to name this very issuer (RFC 8414 section 3.3). */
async function readKeySetUri(place: string, issuer: string, url: URL): Promise<string> {
  const metadata = Object(await fetchJson(place))
  if (metadata.issuer !== issuer) {
    throw new Error(`${place} is that of another issuer: ${show(metadata.issuer)}`)
  }
  const { jwks_uri: uri } = metadata
  if (!isUsable(uri, url)) {
    throw new Error(`${place} has no jwks_uri that is an https URL: ${show(uri)}`)
  }
  return uri
}

/** An issuer elsewhere has no business with what listens on this machine. */
function isUsable(uri: unknown, issuer: URL): uri is string {
  const url = typeof uri === 'string' ? parseHttpUrl(uri) : undefined
  return url !== undefined && (url.protocol === 'https:' || (isLoopback(url) && isLoopback(issuer)))
}
