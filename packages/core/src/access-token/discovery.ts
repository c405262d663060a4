import { isJsonObject } from '../json.js'
import { fetchJson, NotFound } from './fetch-json.js'

/**
 * Finds an issuer's key set through its metadata: RFC 8414 section 3, and OpenID Connect Discovery where there is none. The
 * metadata must name exactly this issuer (RFC 8414 section 3.3), and a key set that is as secure as the issuer.
 */
export async function discoverJwksUri(issuer: string, signal: AbortSignal): Promise<URL> {
  const metadata = await fetchMetadata(new URL(issuer), signal)
  if (!isJsonObject(metadata) || metadata.issuer !== issuer) {
    throw new Error(`the metadata of ${issuer} names another issuer`)
  }
  const { jwks_uri: jwksUri } = metadata
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri) || !isAsSecureAs(issuer, jwksUri)) {
    throw new Error(`the metadata of ${issuer} has no usable jwks_uri`)
  }
  return new URL(jwksUri)
}

async function fetchMetadata(issuer: URL, signal: AbortSignal): Promise<unknown> {
  const path = issuer.pathname.replace(/\/$/, '')
  try {
    return await fetchJson(new URL(`/.well-known/oauth-authorization-server${path}`, issuer), signal)
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
  return fetchJson(new URL(`${path}/.well-known/openid-configuration`, issuer), signal)
}

function isAsSecureAs(issuer: string, jwksUri: string): boolean {
  const { protocol } = new URL(jwksUri)
  return protocol === 'https:' || protocol === new URL(issuer).protocol
}
