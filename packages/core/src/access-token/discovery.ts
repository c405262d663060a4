import { isJsonObject } from '../json.js'
import { loggable } from '../loggable-error.js'
import { fetchJson, NotFound } from './fetch-json.js'

/**
 * Finds one of an issuer's endpoints through its metadata: RFC 8414 section 3, and OpenID Connect Discovery where there is
 * none. The metadata must name exactly this issuer (RFC 8414 section 3.3), and an endpoint that is as secure as the issuer.
 */
export async function discoverEndpoint(
  issuer: string,
  member: 'jwks_uri' | 'introspection_endpoint',
  signal: AbortSignal,
): Promise<URL> {
  const metadata = await fetchMetadata(new URL(issuer), signal)
  if (!isJsonObject(metadata) || metadata.issuer !== issuer) {
    throw loggable(new Error(`the metadata of ${issuer} names another issuer`))
  }
  const endpoint = metadata[member]
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !isAsSecureAs(issuer, endpoint)) {
    throw loggable(new Error(`the metadata of ${issuer} has no usable ${member}`))
  }
  return new URL(endpoint)
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

function isAsSecureAs(issuer: string, endpoint: string): boolean {
  const { protocol } = new URL(endpoint)
  return protocol === 'https:' || protocol === new URL(issuer).protocol
}
