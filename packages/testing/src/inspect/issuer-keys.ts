import type { JSONWebKeySet } from 'jose'
import { isLoopback, parseHttpUrl } from '../http-url.js'
import { show } from './check.js'
import { isObject } from './decoded-jwt.js'
import { fetchJson, NotFound, parseJson } from './fetch-json.js'
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
  return { keys: value.keys }
}

/** The `jwks_uri` of an issuer, as a guard finds it: the metadata has to name this very issuer (RFC 8414 section 3.3). */
async function discoverKeySet(issuer: string): Promise<string> {
  const url = readUrl('--issuer', issuer)
  const metadata = Object(await fetchMetadata(url))
  if (metadata.issuer !== issuer) {
    throw new Error(`the metadata of ${issuer} is that of another issuer: ${show(metadata.issuer)}`)
  }
  const { jwks_uri: uri } = metadata
  if (!isUsable(uri, url)) {
    throw new Error(`the metadata of ${issuer} has no jwks_uri that is an https URL: ${show(uri)}`)
  }
  return uri
}

/** RFC 8414 section 3.1, and OpenID Connect's path as a fallback. */
async function fetchMetadata({ origin, pathname }: URL): Promise<unknown> {
  const path = pathname.replace(/\/$/, '')
  try {
    return await fetchJson(`${origin}/.well-known/oauth-authorization-server${path}`)
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
  return fetchJson(`${origin}${path}/.well-known/openid-configuration`)
}

/** An issuer elsewhere has no business with what listens on this machine. */
function isUsable(uri: unknown, issuer: URL): uri is string {
  const url = typeof uri === 'string' ? parseHttpUrl(uri) : undefined
  return url !== undefined && (url.protocol === 'https:' || (isLoopback(url) && isLoopback(issuer)))
}
